package routing

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/scorer"
)

// judged scores the labels of a target's model for a request. It returns nil where the model is not to be followed: the decision
// says why.
func (t *target) judged(d *abi.Decision, q *abi.Request) []float64 {
	m := t.model
	d.Model = m.told()
	query := scorer.Query{User: q.User}
	if m.manifest.Encoder != nil {
		if query.Vector = m.prepared(vectorFor(m.manifest, q)); query.Vector == nil {
			d.Abstains = abi.AbstainsVector
			return nil
		}
	}
	m.scorer.Score(&query, m.scores)
	t.calibrate()
	j := Judgement{Reach: m.manifest.Reach}
	_, j.Margin = scorer.Best(m.scores)
	if s, ok := m.scorer.(scorer.Reaching); ok {
		j.Distance = s.Distance()
	}
	if d.Abstains = t.judge.Abstain(&j); d.Abstains != "" {
		return nil
	}
	if _, ok := t.judge.(TwoSided); ok && len(m.scores) == 2 {
		m.scores[0] -= m.scores[1]
		m.scores[1] = -m.scores[0]
	}
	return m.scores
}

// vectorFor finds the vector of a request that is made as an artifact's are; nil: there is none.
func vectorFor(m *artifact.Manifest, q *abi.Request) []float32 {
	for i := range q.Vectors {
		if v := &q.Vectors[i]; v.Of == m.Encoder.ID && v.View == m.QueryView && len(v.Numbers) == m.Encoder.Dimension {
			return v.Numbers
		}
	}
	return nil
}

// score tells a candidate's signals what the model gives it: the best score of its labels.
func score(s *abi.Signals, scores []float64, places []int) {
	s.Score, s.Place = 0, 0
	if scores == nil {
		return
	}
	for _, place := range places {
		if v := scores[place-1]; s.Place == 0 || v > s.Score {
			s.Score, s.Place = v, place
		}
	}
}

// prepared returns a vector as the model takes it, in scratch: an encoder's own is kept for others. nil: it is none.
func (m *model) prepared(vector []float32) []float32 {
	if vector == nil || m.maker != nil {
		return vector
	}
	m.vector = append(m.vector[:0], vector...)
	if scorer.Prepare(m.manifest.Encoder, m.vector) != nil {
		return nil
	}
	return m.vector
}

// enough is from how many requests on a share is held for them, and not for the training queries.
const enough = 200

// calibrate puts the threshold that holds in place of the artifact's. The request's own score counts from the next one on.
func (t *target) calibrate() {
	m, c := t.model, &t.calibration
	if _, ok := m.scorer.(scorer.Thresholded); !ok {
		return
	}
	first := m.scores[0]
	switch {
	case t.cut != nil:
		m.scores[1] = *t.cut
	case c.Share > 0 && c.Follows && m.seen.Count() >= enough:
		m.scores[1] = m.seen.Quantile(1 - c.Share)
	case c.Share > 0:
		m.scores[1] = percentile(m.manifest.Quantiles, 1-c.Share)
	case c.Threshold >= 0:
		m.scores[1] = c.Threshold
	}
	if c.Follows && m.seen != nil {
		m.seen.Add(first)
	}
}

// percentile reads a quantile between two of 101.
func percentile(quantiles []float64, part float64) float64 {
	at := min(max(part, 0), 1) * float64(len(quantiles)-1)
	i := int(at)
	if i == len(quantiles)-1 {
		return quantiles[i]
	}
	return quantiles[i] + (at-float64(i))*(quantiles[i+1]-quantiles[i])
}
