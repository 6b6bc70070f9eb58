package routing

import (
	"errors"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/plugins/inquiry"
	"github.com/routeiq/routeiq/plugins/scorer"
	"github.com/routeiq/routeiq/plugins/view"
)

// Asking is a Strategy that asks a language model before it chooses: its candidates' signals say how the answers score them, and they
// say so too when the decision is made again from a log line.
type Asking interface {
	inquiry.Plan
	Placer
	Terms() inquiry.Terms
	// Labels are what is chosen between, in the order in which they are told and, where they are alike, preferred.
	Labels(deployments []*abi.Deployment) []string
}

// Placer tells what labels mean.
type Placer interface {
	// Places returns which of the labels mean a deployment, counted from 1, in their order.
	Places(labels []string, d *abi.Deployment) []int
}

// Trained is an Asking that goes by a trained model as well: what is scored are texts that it was answered. The labels are the model's.
type Trained interface{ Artifact() string }

// interrogator is what a group has whose strategy is Asking.
type interrogator struct {
	Asking
	labels []string
	terms  inquiry.Terms
	client *inquiry.Client
}

// interrogate gives a group what its Asking strategy needs.
func (g *group) interrogate(s Asking, r *Router, k *Kind) error {
	a := &interrogator{Asking: s, terms: s.Terms()}
	if t, ok := s.(Trained); ok {
		var err error
		if g.model, err = r.modelOf(t.Artifact(), k); err != nil {
			return errors.New(".args.artifact: " + err.Error())
		}
		a.labels, a.terms.View = g.model.manifest.Labels, g.model.manifest.QueryView
	} else if a.labels = s.Labels(g.deployments); len(a.labels) == 0 {
		return errors.New(".args.labels: there is nothing to choose between")
	}
	if a.client = r.judgeOf(a.terms.Judge); a.client == nil {
		return errors.New(".args.judge: names " + strconv.Quote(a.terms.Judge) + ", which is no judge of the document")
	}
	if a.terms.MaxUSD > 0 && a.client.Judge.Price == nil {
		return errors.New(".args.max_cost_usd: nobody says what " + a.terms.Judge + " costs")
	}
	g.asking = a
	g.needs |= abi.SignalScore
	return nil
}

// judgeOf returns the client of a judge; nil: there is no such judge.
func (r *Router) judgeOf(id string) *inquiry.Client {
	if c := r.judges[id]; c != nil {
		return c
	}
	for i := range r.config.Judges {
		if j := &r.config.Judges[i]; j.ID == id {
			if r.judges == nil {
				r.judges = map[string]*inquiry.Client{}
			}
			r.judges[id] = inquiry.NewClient(j, r.board, func(u abi.Usage, nowMS int64) {
				if d := r.deployment(id); d != nil {
					r.spend(d, u, nowMS)
				}
			})
			return r.judges[id]
		}
	}
	return nil
}

// Inquire returns what must be asked about a request before it is decided; nil: nothing must. What comes of it is the request's Verdict.
// The encoder, which may be nil, makes vectors for it.
func (r *Router) Inquire(q *abi.Request, p *abi.Prompt, turns []abi.Turn, e *encoder.Client) *inquiry.Inquiry {
	t, ok := r.resolve(q.Model)
	if !ok || t.asking == nil || !t.chooses(r, q) {
		return nil
	}
	question := inquiry.Question{Group: t.Name, Query: view.Of(t.asking.terms.View, p, turns), Labels: t.asking.labels}
	if m := t.model; m != nil {
		vectors := map[string][]float32{}
		if m.maker == nil && m.manifest.Encoder != nil {
			question.Vectors = vectors
		}
		question.Best = func(text string) int { return m.best(text, vectors[text]) }
	}
	return t.asking.client.Begin(t.asking.Asking, t.asking.terms, question, e)
}

// chooses tells whether there is anything to ask about: who names a deployment, or is held to one, gets that.
func (t *target) chooses(r *Router, q *abi.Request) bool {
	if t.only != nil || q.Pinned != "" || len(t.optionsOf(q.API).all) < 2 {
		return false
	}
	if t.Affinity == nil || t.Affinity.Mode != abi.AffinityStick {
		return true
	}
	r.stick(q, t.group)
	return q.Sticky == ""
}

// best returns the place of the label that the model scores best for a text whose vector an encoder made, where one is needed; 0: there is
// none.
func (m *model) best(text string, vector []float32) int {
	var query scorer.Query
	switch {
	case m.maker != nil:
		query.Vector = m.maker.Vector(text)
	case m.manifest.Encoder != nil:
		if query.Vector = m.prepared(vector); query.Vector == nil {
			return 0
		}
	}
	m.scorer.Score(&query, m.scores)
	at, _ := scorer.Best(m.scores)
	return at + 1
}

// concluded tells a decision what its group's language model was asked, and returns the labels' scores; nil: there are none.
func (t *target) concluded(d *abi.Decision, q *abi.Request) []float64 {
	v := q.Verdict
	if v == nil || v.Group != t.Name {
		return nil // a fallback is not asked about
	}
	if t.model != nil {
		d.Model = t.model.told()
	}
	d.Inquiry, d.Abstains = v.Inquiry, v.Abstains
	return v.Scores
}
