package routing

import (
	"errors"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/ngram"
	"github.com/routeiq/routeiq/plugins/quantile"
	"github.com/routeiq/routeiq/plugins/scorer"
	"github.com/routeiq/routeiq/plugins/view"
)

// model is an artifact that is loaded. A worker has one of each content, whatever groups and documents go by it.
type model struct {
	digest   string
	manifest *artifact.Manifest
	scorer   scorer.Scorer
	holders  int // routers that go by it

	maker  *ngram.Maker     // of the vectors it goes by; nil: an encoder makes them, or it goes by none
	seen   *quantile.Sketch // the first label's scores, for a threshold that follows what is asked; nil: there is no calibration
	scores []float64        // scratch: by label
	vector []float32        // scratch: as the model takes it
}

// told is as much of the digest as a decision tells.
func (m *model) told() string {
	const digits = 12
	return m.digest[:min(digits, len(m.digest))]
}

// modelOf loads the artifact of a name, for a strategy of a kind. A worker that has its content already reads nothing.
func (r *Router) modelOf(name string, k *Kind) (*model, error) {
	for i := range r.config.Artifacts {
		a := &r.config.Artifacts[i]
		if a.Name != name {
			continue
		}
		m, err := r.memory.load(a)
		if err != nil {
			return nil, errors.New(strconv.Quote(name) + ": " + err.Error())
		}
		if err := k.Takes(m.manifest); err != nil {
			return nil, errors.New(strconv.Quote(name) + ": " + err.Error())
		}
		m.holders++
		r.models = append(r.models, m)
		return m, nil
	}
	return nil, errors.New("names " + strconv.Quote(name) + ", which is no artifact of the document")
}

// load makes an artifact run.
func (m *Memory) load(a *abi.Artifact) (*model, error) {
	if have := m.models[a.Digest]; have != nil {
		return have, nil
	}
	manifest, err := artifact.ParseManifest([]byte(a.Manifest))
	if err != nil {
		return nil, err
	}
	bytes, err := a.Tensors()
	if err != nil {
		return nil, err
	}
	tensors, err := artifact.ParseTensors(bytes)
	if err != nil {
		return nil, err
	}
	s, err := scorer.New(manifest, tensors)
	if err != nil {
		return nil, err
	}
	made := &model{digest: a.Digest, manifest: manifest, scorer: s, scores: make([]float64, len(manifest.Labels))}
	if q := manifest.Quantiles; q != nil {
		made.seen = quantile.New(q[0], q[len(q)-1])
	}
	if e := manifest.Encoder; e != nil && e.ID == ngram.ID {
		made.maker = ngram.NewMaker(e.Dimension)
	}
	if m.models == nil {
		m.models = map[string]*model{}
	}
	m.models[a.Digest] = made
	return made, nil
}

// releaseModels tells that this router goes by its models no more. One that nobody goes by is given up.
func (r *Router) releaseModels() {
	for _, m := range r.models {
		if m.holders--; m.holders == 0 {
			delete(r.memory.models, m.digest)
		}
	}
	r.models = nil
}

// query makes the query of a request, and its vector where no encoder is needed for it. It returns the query that is to be encoded.
func (m *model) query(q *abi.Request, p *abi.Prompt, turns []abi.Turn) string {
	e := m.manifest.Encoder
	if e == nil || slices.ContainsFunc(q.Vectors, func(v abi.Vector) bool { return v.Of == e.ID && v.View == m.manifest.QueryView }) {
		return ""
	}
	text := view.Of(m.manifest.QueryView, p, turns)
	v := abi.Vector{Of: e.ID, View: m.manifest.QueryView}
	if m.maker != nil {
		v.Numbers, text = m.maker.Vector(text), ""
	}
	q.Vectors = append(q.Vectors, v)
	return text
}
