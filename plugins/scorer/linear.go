package scorer

import "github.com/routeiq/routeiq/plugins/artifact"

// linear is one weight for each label and number of the vector: what matrix factorisation, graph routers, a head of cosines and a
// regression of scores are once they are trained.
type linear struct {
	weight, bias []float32
	input        input
}

var _ = register("linear", func(m *artifact.Model) Scorer {
	d, k := m.Encoded(), len(m.Labels)
	return &linear{
		weight: m.Floats("weight", k, d), bias: m.Floats("bias", k),
		input: input{how: m.Word("input", asIs, toUnit, toBox)},
	}
})

// Score implements Scorer.
func (s *linear) Score(q *Query, scores []float64) {
	affine(scores, s.weight, s.bias, s.input.of(q.Vector))
}

// What may be done to a vector first.
const (
	asIs   = "as_is"
	toUnit = "unit" // length 1
	toBox  = "clip" // each number to 0..1: what LLMRouter's graph router comes to, see docs/artifacts.md
)

// input prepares vectors.
type input struct {
	how     string
	scratch []float32
}

func (p *input) of(v []float32) []float32 {
	switch p.how {
	case toUnit:
		p.scratch, _ = unit(p.scratch, v)
		return p.scratch
	case toBox:
		p.scratch = append(p.scratch[:0], v...)
		for i, x := range p.scratch {
			p.scratch[i] = min(max(x, 0), 1)
		}
		return p.scratch
	}
	return v
}
