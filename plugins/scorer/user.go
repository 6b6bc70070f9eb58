package scorer

import (
	"strconv"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// user scores labels for who asks: a projection of the query, and a row for each user and label.
type user struct {
	weight, bias      []float32 // of the projection
	table, tableBias  []float32 // by user and label
	users, size, many int
	projected         []float64 // scratch
	small             []float32 // scratch: the same in single precision
}

// maxUsers bounds them.
const maxUsers = 1_000_000

var _ = register("user", func(m *artifact.Model) Scorer {
	d, k := m.Encoded(), len(m.Labels)
	s := &user{users: m.Whole("users", 1, maxUsers), size: m.Rows("query_weight"), many: k}
	s.weight, s.bias = m.Floats("query_weight", s.size, d), m.Floats("query_bias", s.size)
	s.table, s.tableBias = m.Floats("table", s.users, k, s.size), m.Floats("bias", s.users, k)
	s.projected = make([]float64, s.size)
	return s
})

// Score implements Scorer.
func (s *user) Score(q *Query, scores []float64) {
	who := 0
	if q.User != "" {
		if n, err := strconv.Atoi(q.User); err == nil {
			who = min(max(n, 0), s.users-1)
		}
	}
	affine(s.projected, s.weight, s.bias, q.Vector)
	s.small = s.small[:0]
	for _, x := range s.projected {
		s.small = append(s.small, float32(x))
	}
	row := who * s.many
	affine(scores, s.table[row*s.size:(row+s.many)*s.size], s.tableBias[row:row+s.many], s.small)
}
