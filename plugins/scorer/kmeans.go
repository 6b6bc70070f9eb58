package scorer

import "math"

var _ = register("kmeans", kind{vector: true, build: newKMeans})

// kmeans scores each label by how well it did on queries like this one: the mean of the scores of the nearest centers.
type kmeans struct {
	input
	centers []float32 // [centers, dimension]
	scores  []float32 // [centers, labels]
	near    nearest
}

func newKMeans(p *parts) Scorer {
	s := &kmeans{input: newInput(p.word("input", asIs, unit), p.dimension), centers: p.f32("centers", some, p.dimension)}
	if p.failed() {
		return nil
	}
	n := len(s.centers) / p.dimension
	s.scores = p.f32("scores", n, p.labels)
	s.near = newNearest(min(max(p.whole("nearest", 1, n), 1), n))
	return s
}

// Score implements Scorer.
func (s *kmeans) Score(q *Query, out []float64) {
	v := s.of(q)
	d := len(v)
	s.near.count = 0
	for i := 0; i*d < len(s.centers); i++ {
		s.near.offer(i, apart(s.centers[i*d:(i+1)*d], v, s.near.limit()))
	}
	clear(out)
	for _, i := range s.near.place {
		for j, x := range s.scores[int(i)*len(out) : (int(i)+1)*len(out)] {
			out[j] += float64(x)
		}
	}
	for j := range out {
		out[j] /= float64(len(s.near.place))
	}
}

// Distance implements Reaching.
func (s *kmeans) Distance() float64 { return math.Sqrt(s.near.distance[0]) }
