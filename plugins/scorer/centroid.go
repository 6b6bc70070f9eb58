package scorer

import (
	"math"
	"slices"
	"strconv"
)

var _ = register("centroid", kind{vector: true, build: newCentroid})

// centroid tells simple queries from complex ones by which of two centers they are nearer to. Where that is not clear a query is
// taken for complex.
type centroid struct {
	input
	centers [2][]float32
	margin  float64
	nearer  float64 // the cosine to the nearer center
}

// lengthSlack is how far the length of a center may be from 1: more than rounding to float32 makes of it.
const lengthSlack = 1e-3

func newCentroid(p *parts) Scorer {
	if !slices.Equal(p.manifest.Labels, []string{"simple", "complex"}) {
		p.add("labels", "expected simple and complex")
	}
	s := &centroid{input: newInput(unit, p.dimension), margin: p.number("margin")}
	centers := p.f32("centers", 2, p.dimension)
	if p.failed() {
		return nil
	}
	for i := range s.centers {
		s.centers[i] = centers[i*p.dimension : (i+1)*p.dimension]
		var v float64
		for _, x := range s.centers[i] {
			v += float64(x) * float64(x)
		}
		if length := math.Sqrt(v); math.Abs(length-1) > lengthSlack {
			p.add("tensor centers", "row "+strconv.Itoa(i)+" has length "+strconv.FormatFloat(length, 'g', 6, 64)+", expected 1")
		}
	}
	return s
}

// Score implements Scorer: the cosine to each center, or 0 and 1.
func (s *centroid) Score(q *Query, out []float64) {
	v := s.of(q)
	out[0], out[1] = dot(s.centers[0], v), dot(s.centers[1], v)
	s.nearer = max(out[0], out[1])
	if math.Abs(out[0]-out[1]) < s.margin {
		out[0], out[1] = 0, 1
	}
}

// Distance implements Reaching: 1 − cosine.
func (s *centroid) Distance() float64 { return 1 - s.nearer }
