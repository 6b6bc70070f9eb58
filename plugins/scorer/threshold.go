package scorer

import "github.com/routeiq/routeiq/plugins/artifact"

// threshold chooses between two labels: the first where a network's one output is at least the threshold. LLMRouter's hybrid and
// RouteLLM's routers are of this kind.
type threshold struct {
	network   *layers
	output    string
	threshold float64
}

var _ Thresholded = (*threshold)(nil)

var _ = register("threshold", func(m *artifact.Model) Scorer {
	m.Labelled(2)
	s := &threshold{output: m.Word("output", "identity", "clip", "logistic"), threshold: m.Number("threshold", -1e9, 1e9)}
	if m.Has("weight") {
		d := m.Encoded()
		s.network = &layers{all: []layer{{m.Floats("weight", 1, d), m.Floats("bias", 1), make([]float64, 1)}}}
	} else {
		s.network = takeLayers(m, 1)
	}
	return s
})

// Score implements Scorer.
func (s *threshold) Score(q *Query, scores []float64) {
	out := s.network.run(q.Vector)[0]
	switch s.output {
	case "clip":
		out = min(max(out, 0), 1)
	case "logistic":
		out = logistic(out)
	}
	scores[0], scores[1] = out, s.threshold
}

// Thresholded implements Thresholded.
func (s *threshold) Thresholded() {}
