package scorer

import (
	"math"
	"strconv"

	"github.com/routeiq/routeiq/plugins/artifact"
)

var _ = register("svm", kind{vector: true, build: newSVM})

// svm lets every two labels be chosen between by a support vector machine, and counts for each label how often it was (LIBSVM's
// one-vs-one, which scikit-learn's SVC.predict goes by, whatever else it can say).
type svm[T number] struct {
	input
	vectors   []T       // [vectors, dimension], those of the first label first
	ends      []int     // of each label's vectors
	dual      []float64 // [labels-1, vectors]
	intercept []float64 // of each two labels
	kernel    []float64 // of each vector and the query
	rbf       bool
	gamma     float64
}

func newSVM(p *parts) Scorer {
	if t := p.tensors["vectors"]; t.Type == artifact.F64 {
		return newSVMOf(p, p.f64)
	}
	return newSVMOf(p, p.f32)
}

func newSVMOf[T number](p *parts, take func(name string, shape ...int) []T) Scorer {
	s := &svm[T]{input: newInput(asIs, p.dimension), rbf: p.word("kernel", "rbf", "linear") == "rbf", gamma: p.number("gamma")}
	if s.rbf && !(s.gamma > 0) {
		p.add("parameters.gamma", "expected a number above 0")
	}
	if p.labels < 2 {
		p.add("labels", "is one, expected 2 or more")
	}
	s.vectors = take("vectors", some, p.dimension)
	if p.failed() {
		return nil
	}
	n := len(s.vectors) / p.dimension
	s.ends = p.ends(n)
	s.dual = p.f64("dual", p.labels-1, n)
	s.intercept = p.f64("intercept", p.labels*(p.labels-1)/2)
	if p.failed() {
		return nil
	}
	if !s.rbf && len(s.intercept) <= n/4 {
		return newPlanes(s)
	}
	s.kernel = make([]float64, n)
	return s
}

// ends takes how many of n vectors are each label's, and says where each label's end.
func (p *parts) ends(n int) []int {
	ends, sum := make([]int, p.labels), 0
	for i, count := range p.i32("support", 0, n, p.labels) {
		sum += int(count)
		ends[i] = sum
	}
	if sum != n && !p.failed() {
		p.add("tensor support", "adds up to "+strconv.Itoa(sum)+", expected "+strconv.Itoa(n)+", the rows of vectors")
	}
	return ends
}

// Score implements Scorer.
func (s *svm[T]) Score(q *Query, out []float64) {
	v := s.of(q)
	for i, d := 0, len(v); i < len(s.kernel); i++ {
		row := s.vectors[i*d : (i+1)*d]
		if s.rbf {
			s.kernel[i] = exp(float64(-s.gamma * apart(row, v, math.Inf(1))))
		} else {
			s.kernel[i] = dot(row, v)
		}
	}
	clear(out)
	pair := 0
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			vote(out, i, j, s.part(j-1, i)+s.part(i, j)+s.intercept[pair])
			pair++
		}
	}
}

// vote counts a choice between two labels: the first where f is above 0.
func vote(out []float64, i, j int, f float64) {
	if f > 0 {
		out[i]++
	} else {
		out[j]++
	}
}

// part is what the vectors of a label say, by a row of the dual coefficients.
func (s *svm[T]) part(row, label int) float64 {
	from, to, n := s.begin(label), s.ends[label], len(s.kernel)
	return dot(s.dual[row*n+from:row*n+to], s.kernel[from:to])
}

// begin is where a label's vectors do.
func (s *svm[T]) begin(label int) int {
	if label == 0 {
		return 0
	}
	return s.ends[label-1]
}
