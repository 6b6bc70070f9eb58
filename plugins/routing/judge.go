package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/plugins/scorer"
)

// judged scores the labels of a target's model for a request. It returns nil where the model is not to be followed: the decision
// says why.
func (t *target) judged(d *abi.Decision, q *abi.Request) []float64 {
	m := t.model
	d.Model = m.digest[:min(digestDigits, len(m.digest))]
	query := scorer.Query{User: q.User}
	if e := m.manifest.Encoder; e != nil {
		if q.VectorOf != e.ID || len(q.Vector) != e.Dimension {
			d.Abstains = abi.AbstainsVector
			return nil
		}
		query.Vector = q.Vector
		if e.Normalize {
			query.Vector = m.scaled(q.Vector)
		}
	}
	m.scorer.Score(&query, m.scores)
	j := Judgement{Reach: m.manifest.Reach}
	_, j.Margin = scorer.Best(m.scores)
	if s, ok := m.scorer.(scorer.Reaching); ok {
		j.Distance = s.Distance()
	}
	if d.Abstains = t.judge.Abstain(&j); d.Abstains != "" {
		return nil
	}
	return m.scores
}

// score tells a candidate's signals what the model gives it.
func (t *target) score(s *abi.Signals, scores []float64, place int) {
	s.Score, s.Place = 0, 0
	if scores != nil && place > 0 {
		s.Score, s.Place = scores[place-1], place
	}
}

// scaled returns a vector with length 1, in scratch: an encoder's own may have any, and is kept for others.
func (m *model) scaled(vector []float32) []float32 {
	m.unit = append(m.unit[:0], vector...)
	encoder.Unit(m.unit)
	return m.unit
}
