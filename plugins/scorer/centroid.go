package scorer

import (
	"math"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// centroid tells simple requests from complex ones by which of two centers is nearer in angle. Where it is hardly nearer, the request
// is complex.
type centroid struct {
	centers []float32
	margin  float64
	input   input
	near    float64 // the last query's distance to the nearer center
}

var _ = register("centroid", func(m *artifact.Model) Scorer {
	s := &centroid{centers: m.Floats("centers", 2, m.Encoded()), margin: m.Number("margin", 0, 2), input: input{how: toUnit}}
	if len(m.Labels) != 2 || m.Labels[0] != "simple" || m.Labels[1] != "complex" {
		m.Refuse("labels", "expected simple and complex")
	}
	d := m.Dimension()
	for i := 0; !m.Failed() && i < 2; i++ {
		center := s.centers[i*d : (i+1)*d]
		if length := math.Sqrt(dot(center, center)); math.Abs(length-1) > 0.01 {
			m.Refuse("centers", "is not of length 1")
		}
	}
	return s
})

// Score implements Scorer.
func (s *centroid) Score(q *Query, scores []float64) {
	v := s.input.of(q.Vector)
	d := len(v)
	simple, complex := dot(v, s.centers[:d]), dot(v, s.centers[d:])
	s.near = math.Sqrt(max(2-2*max(simple, complex), 0))
	scores[0], scores[1] = simple-complex, complex-simple
	if math.Abs(complex-simple) < s.margin {
		scores[0], scores[1] = -s.margin, s.margin
	}
}

// Distance implements Reaching.
func (s *centroid) Distance() float64 { return s.near }
