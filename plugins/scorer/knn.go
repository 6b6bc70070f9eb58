package scorer

import (
	"math"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// knn lets the training queries nearest to this one vote for their label, as scikit-learn's KNeighborsClassifier does. Of equally
// near ones those that stand first in the artifact vote. The search is exact; see sketches for how it passes most of them over.
type knn struct {
	vectors  []float32
	targets  []int32
	lengths  []float64 // metric cosine
	cosine   bool
	distance bool // votes are 1/distance
	found    nearest
	sketches *sketches // nil: there are too few to pass over
	order    []int     // scratch
	bounds   []float64 // scratch
	last     float64
}

var _ = register("knn", func(m *artifact.Model) Scorer {
	d, n := m.Encoded(), m.Rows("vectors")
	s := &knn{vectors: m.Floats("vectors", n, d), targets: m.Wholes("targets", 0, len(m.Labels)-1, n)}
	s.cosine = m.Word("metric", "euclidean", "cosine") == "cosine"
	s.distance = m.Word("weights", "uniform", "distance") == "distance"
	s.found = newNearest(m.Whole("k", 1, max(n, 1)))
	if n == 0 && m.Has("vectors") {
		m.Refuse("vectors", "is empty, expected one or more")
	}
	if m.Failed() {
		return s
	}
	if s.cosine {
		s.lengths = make([]float64, n)
		for i := range s.lengths {
			v := s.vectors[i*d : (i+1)*d]
			s.lengths[i] = math.Sqrt(dot(v, v))
		}
	}
	if n >= fewest && d >= 2*directions {
		s.sketches = sketch(s.vectors, d, s.lengths)
		s.order, s.bounds = make([]int, 0, n), make([]float64, n)
	}
	return s
})

// Score implements Scorer.
func (s *knn) Score(q *Query, scores []float64) {
	v := q.Vector
	length := 0.0
	if s.cosine {
		length = math.Sqrt(dot(v, v))
	}
	s.found.reset()
	if s.sketches == nil {
		for i := range s.targets {
			s.found.add(i, s.apart(v, length, i))
		}
	} else {
		s.search(v, length)
	}
	clear(scores)
	s.last = s.metres(s.found.all[0].apart)
	same := s.distance && s.last == 0
	for _, f := range s.found.all {
		vote := 1.0
		switch away := s.metres(f.apart); {
		case same && away > 0:
			vote = 0 // as there are some at no distance, they alone vote
		case s.distance && !same:
			vote = 1 / away
		}
		scores[s.targets[f.at]] += vote
	}
}

// apart is what the nearest are told by: the square of the distance, or of metric cosine the distance itself.
func (s *knn) apart(v []float32, length float64, i int) float64 {
	d := len(v)
	one := s.vectors[i*d : (i+1)*d]
	if !s.cosine {
		return apart(v, one)
	}
	if length == 0 || s.lengths[i] == 0 {
		return 1
	}
	return max(1-dot(v, one)/(length*s.lengths[i]), 0)
}

// metres is the distance.
func (s *knn) metres(apart float64) float64 {
	if s.cosine {
		return apart
	}
	return math.Sqrt(apart)
}

// Distance implements Reaching.
func (s *knn) Distance() float64 { return s.last }

// search finds the nearest by their bounds: those whose bound is lowest are compared first, and then all whose bound is not above
// what is found.
func (s *knn) search(v []float32, length float64) {
	s.sketches.bound(v, length, s.bounds)
	// The first look is for what is likely near: a few with the lowest bounds. What they are decides how many are left.
	first := newLowest(s.order[:0], 4*s.found.most, s.bounds)
	for i := range s.bounds {
		first.add(i)
	}
	for _, i := range first.all {
		s.found.add(i, s.apart(v, length, i))
	}
	limit := s.found.bound()
	for i, b := range s.bounds {
		if b > limit || first.has(i) {
			continue
		}
		s.found.add(i, s.apart(v, length, i))
		limit = s.found.bound()
	}
	s.order = first.all
}

// lowest gathers the places of the lowest of some values.
type lowest struct {
	all    []int
	most   int
	values []float64
	worst  float64
}

func newLowest(room []int, most int, values []float64) lowest {
	return lowest{room, most, values, math.Inf(1)}
}

func (l *lowest) add(at int) {
	v := l.values[at]
	if len(l.all) == l.most && v >= l.worst {
		return
	}
	i := len(l.all)
	for i > 0 && v < l.values[l.all[i-1]] {
		i--
	}
	l.all = append(l.all, 0)
	copy(l.all[i+1:], l.all[i:])
	l.all[i] = at
	if len(l.all) > l.most {
		l.all = l.all[:l.most]
	}
	l.worst = l.values[l.all[len(l.all)-1]]
}

func (l *lowest) has(at int) bool {
	if l.values[at] > l.worst {
		return false
	}
	for _, one := range l.all {
		if one == at {
			return true
		}
	}
	return false
}
