package scorer

import "math"

var _ = register("knn", kind{vector: true, build: newKNN})

// knn lets the k training queries that are nearest to this one vote for the label that did best on each. Of two that are as far the
// earlier one counts. It finds them exactly: see sketch.
type knn struct {
	input
	rows     *rows
	targets  []int32
	weighted bool // a vote counts 1/distance
	cosine   bool
	near     nearest
	sketch   *sketch
}

func newKNN(p *parts) Scorer {
	s := &knn{input: newInput(asIs, p.dimension)}
	s.weighted = p.word("weights", "uniform", "distance") == "distance"
	s.cosine = p.word("metric", "euclidean", "cosine") == "cosine"
	vectors := p.f32("vectors", some, p.dimension)
	if p.failed() {
		return nil
	}
	n := len(vectors) / p.dimension
	s.targets = p.i32("targets", 0, p.labels-1, n)
	k := p.whole("k", 1, n)
	if p.failed() {
		return nil
	}
	if s.cosine {
		s.how = unit
	}
	s.near = newNearest(k)
	s.rows = newRows(vectors, p.dimension, s.cosine)
	s.sketch = newSketch(s.rows, k)
	return s
}

// Score implements Scorer.
func (s *knn) Score(q *Query, out []float64) {
	s.search(s.of(q))
	clear(out)
	for i, place := range s.near.place {
		out[s.targets[place]] += s.vote(s.near.distance[i])
	}
}

// search finds the nearest.
func (s *knn) search(v []float64) {
	s.near.count = 0
	switch {
	case s.cosine && dot(v, v) == 0: // at a right angle to all
		for i := range s.near.place {
			s.near.offer(i, 2)
		}
	case s.sketch != nil:
		s.sketch.search(v, &s.near)
	default:
		s.rows.search(v, &s.near)
	}
}

// vote is what one counts at a square of a distance.
func (s *knn) vote(square float64) float64 {
	switch {
	case !s.weighted:
		return 1
	case s.near.distance[0] == 0: // only those that are there count
		if square == 0 {
			return 1
		}
		return 0
	case s.cosine:
		return 2 / square
	}
	return 1 / math.Sqrt(square)
}

// Distance implements Reaching: by cosine 1 − cosine, which is half the square of the distance of vectors of length 1.
func (s *knn) Distance() float64 {
	if s.cosine {
		return s.near.distance[0] / 2
	}
	return math.Sqrt(s.near.distance[0])
}
