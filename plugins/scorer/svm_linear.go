package scorer

// planes is an svm with a linear kernel, whose vectors come down to one plane between every two labels.
type planes struct {
	input
	weight    []float64 // [labels*(labels-1)/2, dimension]
	intercept []float64
}

func newPlanes[T number](s *svm[T]) *planes {
	d, labels := len(s.vector), len(s.ends)
	p := &planes{input: s.input, weight: make([]float64, len(s.intercept)*d), intercept: s.intercept}
	pair := 0
	for i := range labels {
		for j := i + 1; j < labels; j++ {
			plane := p.weight[pair*d : (pair+1)*d]
			s.sum(plane, j-1, i)
			s.sum(plane, i, j)
			pair++
		}
	}
	return p
}

// sum adds the vectors of a label, each as often as a row of the dual coefficients says.
func (s *svm[T]) sum(plane []float64, row, label int) {
	d := len(plane)
	n := len(s.vectors) / d
	for k := s.begin(label); k < s.ends[label]; k++ {
		c := s.dual[row*n+k]
		for x, v := range s.vectors[k*d : (k+1)*d] {
			plane[x] += float64(c * float64(v))
		}
	}
}

// Score implements Scorer.
func (p *planes) Score(q *Query, out []float64) {
	v := p.of(q)
	d := len(v)
	clear(out)
	pair := 0
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			vote(out, i, j, dot(p.weight[pair*d:(pair+1)*d], v)+p.intercept[pair])
			pair++
		}
	}
}
