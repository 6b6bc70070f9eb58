package scorer

import (
	"math"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// svm is scikit-learn's SVC: every pair of labels is voted on by the support vectors of the two, in double precision. (probability:
// true does not change what it predicts.)
type svm struct {
	vectors   []float32 // or:
	doubles   []float64
	norms     []float64
	begin     []int // of each label's support vectors
	dual      []float64
	intercept []float64
	total     int
	gamma     float64
	rbf       bool
	kernel    []float64 // scratch: of each support vector
}

var _ = register("svm", func(m *artifact.Model) Scorer {
	d, k, n := m.Encoded(), len(m.Labels), m.Rows("vectors")
	s := &svm{total: n, rbf: m.Word("kernel", "rbf", "linear") == "rbf"}
	if s.rbf {
		s.gamma = m.Number("gamma", 0, 1e9)
	} else if m.HasParameter("gamma") {
		m.Number("gamma", 0, 1e9) // scikit-learn has one, and does not use it
	}
	if m.IsDouble("vectors") {
		s.doubles = m.Doubles("vectors", n, d)
	} else {
		s.vectors = m.Floats("vectors", n, d)
	}
	support := m.Wholes("support", 0, n, k)
	s.dual, s.intercept = m.Doubles("dual", max(k-1, 0), n), m.Doubles("intercept", k*(k-1)/2)
	s.begin = append(s.begin, 0)
	sum := 0
	for _, many := range support {
		sum += int(many)
		s.begin = append(s.begin, sum)
	}
	switch {
	case k < 2:
		m.Refuse("labels", "has one label, kind svm needs two or more")
	case support != nil && sum != n:
		m.Refuse("support", "does not add up to the number of vectors")
	}
	if m.Failed() {
		return s
	}
	s.norms, s.kernel = make([]float64, n), make([]float64, n)
	for i := range n {
		if s.vectors != nil {
			v := s.vectors[i*d : (i+1)*d]
			s.norms[i] = dot(v, v)
		}
	}
	return s
})

// Score implements Scorer.
func (s *svm) Score(q *Query, scores []float64) {
	s.kernels(q.Vector)
	clear(scores)
	k := len(scores)
	pair := 0
	for i := range k {
		for j := i + 1; j < k; j++ {
			f := s.intercept[pair] + s.part(j-1, i) + s.part(i, j)
			if f > 0 {
				scores[i]++
			} else {
				scores[j]++
			}
			pair++
		}
	}
}

// part sums what the support vectors of a label say, weighted by one row of the dual coefficients.
func (s *svm) part(row, label int) float64 {
	from, to := s.begin[label], s.begin[label+1]
	weights, values := s.dual[row*s.total+from:row*s.total+to], s.kernel[from:to]
	sum := 0.0
	for i, w := range weights {
		sum += float64(w * values[i])
	}
	return sum
}

// kernels compares a vector with every support vector.
func (s *svm) kernels(v []float32) {
	d := len(v)
	norm := dot(v, v)
	for i := range s.kernel {
		var product, apart float64
		if s.vectors != nil {
			product = dot(v, s.vectors[i*d:(i+1)*d])
			apart = max(norm+s.norms[i]-2*product, 0)
		} else {
			product, apart = compare(v, s.doubles[i*d:(i+1)*d])
		}
		if s.rbf {
			s.kernel[i] = math.Exp(-s.gamma * apart)
		} else {
			s.kernel[i] = product
		}
	}
}

// compare returns product and squared distance of a vector and one in double precision.
func compare(a []float32, b []float64) (product, apart float64) {
	for i, x := range a {
		product += float64(float64(x) * b[i])
		d := float64(x) - b[i]
		apart += float64(d * d)
	}
	return product, apart
}
