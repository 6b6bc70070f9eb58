package scorer

import (
	"strconv"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// forest is trees that each look at one number of the vector at every node; what their leaves say is averaged.
type forest struct {
	roots, feature, left, right []int32
	cuts                        []float64
	value                       []float64 // by node and class
	classes, first              int
	threshold                   float64
	sums                        []float64 // scratch: by class
}

// maxNodes bounds a forest.
const maxNodes = 10_000_000

var _ = register("forest", func(m *artifact.Model) Scorer {
	d, n := m.Encoded(), m.Rows("feature")
	if n > maxNodes {
		m.Refuse("feature", "has too many nodes")
		n = 0
	}
	s := &forest{classes: m.Whole("classes", 1, artifact.MaxLabels), first: m.Whole("first", 0, artifact.MaxLabels)}
	s.roots = m.Wholes("roots", 0, n-1, artifact.Any)
	s.feature, s.cuts = m.Wholes("feature", -1, d-1, n), m.Doubles("threshold", n)
	s.left, s.right = m.Wholes("left", -1, n-1, n), m.Wholes("right", -1, n-1, n)
	s.value = m.Doubles("value", n, s.classes)
	s.sums = make([]float64, s.classes)
	switch {
	case s.first == 0:
		m.Labelled(s.classes)
	case s.first >= s.classes:
		m.Refuse("parameters.first", "is "+strconv.Itoa(s.first)+", expected less than classes")
	default:
		m.Labelled(2)
		s.threshold = m.Number("threshold", 0, 1)
	}
	if m.Failed() {
		return s
	}
	if len(s.roots) == 0 {
		m.Refuse("roots", "is empty, expected a node for each tree")
	}
	for i, f := range s.feature {
		// Children come after their node, so that no walk goes in a circle.
		if f >= 0 && (int(s.left[i]) <= i || int(s.right[i]) <= i) {
			m.Refuse("left", "node "+strconv.Itoa(i)+" has a child that does not come after it")
			break
		}
	}
	return s
})

// Score implements Scorer.
func (s *forest) Score(q *Query, scores []float64) {
	clear(s.sums)
	for _, node := range s.roots {
		for s.feature[node] >= 0 {
			if float64(q.Vector[s.feature[node]]) <= s.cuts[node] {
				node = s.left[node]
			} else {
				node = s.right[node]
			}
		}
		for c := range s.sums {
			s.sums[c] += s.value[int(node)*s.classes+c]
		}
	}
	for c := range s.sums {
		s.sums[c] /= float64(len(s.roots))
	}
	if s.first == 0 {
		copy(scores, s.sums)
		return
	}
	scores[0], scores[1] = 0, s.threshold
	for _, v := range s.sums[:s.first] {
		scores[0] += v
	}
}
