package scorer

import (
	"errors"
	"strconv"
)

var _ = register("user", kind{vector: true, build: newUser})

// user scores each label by what a query is to the one who asks: table[u]·(query_weight·v + query_bias) + bias[u]. It is what
// personalised graph routers come down to.
type user struct {
	input
	query  layer
	table  []float32 // [users, labels, hidden]
	bias   []float32 // [users, labels]
	users  int
	hidden []float64
}

// maxUsers bounds the table.
const maxUsers = 10_000_000

func newUser(p *parts) Scorer {
	s := &user{input: newInput(asIs, p.dimension), users: p.whole("users", 1, maxUsers)}
	s.query.weight = p.f32("query_weight", some, p.dimension)
	if p.failed() {
		return nil
	}
	hidden := len(s.query.weight) / p.dimension
	s.query.bias = p.f32("query_bias", hidden)
	s.table = p.f32("table", s.users, p.labels, hidden)
	s.bias = p.f32("bias", s.users, p.labels)
	s.hidden = make([]float64, hidden)
	return s
}

// Score implements Scorer.
func (s *user) Score(q *Query, out []float64) {
	s.query.apply(s.of(q), s.hidden)
	u, labels, hidden := s.place(q.User), len(out), len(s.hidden)
	own := layer{s.table[u*labels*hidden : (u+1)*labels*hidden], s.bias[u*labels : (u+1)*labels]}
	own.apply(s.hidden, out)
}

// place is the place of a user in the table: of those whose name is a whole number the nearest there is, else the first.
func (s *user) place(name string) int {
	u, err := strconv.ParseInt(name, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return int(min(max(u, 0), int64(s.users-1)))
}
