package scorer

import (
	"math"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// kmeans gives each label the score it has in the clusters nearest to the query: Avengers-Pro's.
type kmeans struct {
	centers, scores []float32
	labels          int
	input           input
	found           nearest
}

var _ = register("kmeans", func(m *artifact.Model) Scorer {
	d, k, n := m.Encoded(), len(m.Labels), m.Rows("centers")
	if n == 0 && m.Has("centers") {
		m.Refuse("centers", "is empty, expected one or more")
	}
	s := &kmeans{centers: m.Floats("centers", n, d), scores: m.Floats("scores", n, k), labels: k}
	s.input.how = m.Word("input", asIs, toUnit)
	s.found = newNearest(m.Whole("nearest", 1, max(n, 1)))
	return s
})

// Score implements Scorer.
func (s *kmeans) Score(q *Query, scores []float64) {
	v := s.input.of(q.Vector)
	d := len(v)
	s.found.reset()
	for i := range len(s.centers) / d {
		s.found.add(i, apart(v, s.centers[i*d:(i+1)*d]))
	}
	clear(scores)
	for _, f := range s.found.all {
		for i := range scores {
			scores[i] += float64(s.scores[f.at*s.labels+i])
		}
	}
	for i := range scores {
		scores[i] /= float64(len(s.found.all))
	}
}

// Distance implements Reaching.
func (s *kmeans) Distance() float64 { return math.Sqrt(s.found.all[0].apart) }

// nearest gathers the few nearest of many. Of equally near ones it has the first.
type nearest struct {
	all  []found // the nearest first
	most int
}

type found struct {
	at    int
	apart float64 // the square of the distance
}

func newNearest(most int) nearest { return nearest{make([]found, 0, most+1), most} }

func (n *nearest) reset() { n.all = n.all[:0] }

// bound is what one must be nearer than to be among them.
func (n *nearest) bound() float64 {
	if len(n.all) < n.most {
		return math.Inf(1)
	}
	return n.all[n.most-1].apart
}

// add takes one in, if it is among the nearest. They may come in any order of places.
func (n *nearest) add(at int, apart float64) {
	i := len(n.all)
	for i > 0 && (apart < n.all[i-1].apart || apart == n.all[i-1].apart && at < n.all[i-1].at) {
		i--
	}
	if i == n.most {
		return
	}
	n.all = append(n.all, found{})
	copy(n.all[i+1:], n.all[i:])
	n.all[i] = found{at, apart}
	if len(n.all) > n.most {
		n.all = n.all[:n.most]
	}
}
