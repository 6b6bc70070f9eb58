package scorer

var _ = register("linear", kind{vector: true, build: newLinear})

// linear scores each label by a sum that weighs the numbers of the vector: weight·v + bias. It is what logistic regression, matrix
// factorisation, routers with one vector for each model, and graph routers with a fixed graph come down to.
type linear struct {
	input
	layer
}

func newLinear(p *parts) Scorer {
	s := &linear{input: newInput(p.word("input", asIs, clip, unit), p.dimension)}
	s.layer = p.layer("weight", "bias", p.labels, p.dimension)
	return s
}

// Score implements Scorer.
func (s *linear) Score(q *Query, out []float64) { s.apply(s.of(q), out) }
