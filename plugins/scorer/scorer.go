// Package scorer makes scores of a query, one for each label of a trained model: one file for each kind of artifact. Each
// registers itself under the name that a manifest uses; docs/artifacts.md has the formulas.
//
// All arithmetic is in float64 and in an order that is written down, so that scores are the same bits in Envoy, in the host and
// natively. Nothing is learned and nothing remembered: the same query has the same scores.
package scorer

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// Scorer gives each label a score. It keeps room for what a call works out, so that a call allocates nothing: it serves one
// caller at a time, as a VM does.
type Scorer interface {
	// Score writes a score for each label; len(out) is their number. No score is NaN.
	Score(q *Query, out []float64)
}

// kind is how the numbers of an artifact are used.
type kind struct {
	vector bool // it needs a query's vector
	build  func(p *parts) Scorer
}

// Reaching is a Scorer that knows how far a query is from what its model was trained on: Manifest.Reach is measured alike.
type Reaching interface {
	// Distance is that of the query that was scored last.
	Distance() float64
}

// Thresholded is a Scorer of two labels, of which the second's score is a threshold for the first's.
type Thresholded interface{ Thresholded() }

var registry = map[string]kind{}

// register adds a kind; it is called from the kind's own file.
func register(name string, k kind) struct{} {
	if registry[name].build != nil {
		panic("kind " + name + " is registered twice")
	}
	registry[name] = k
	return struct{}{}
}

// Kinds are the names of all kinds, in order.
func Kinds() []string { return slices.Sorted(maps.Keys(registry)) }

// New makes a model run. It refuses tensors and parameters that the kind does not have, that are missing, or that are not what
// the format says; the error tells all of it. The scorer shares the memory of the tensors.
func New(m *artifact.Manifest, t artifact.Tensors) (Scorer, error) {
	k, known := registry[m.Kind]
	if !known {
		return nil, errors.New("kind: is " + strconv.Quote(m.Kind) + ", expected one of " + strings.Join(Kinds(), ", "))
	}
	p := parts{manifest: m, tensors: t, labels: len(m.Labels), used: map[string]bool{}}
	switch {
	case k.vector && m.Encoder == nil:
		return nil, errors.New("encoder: is missing, a " + m.Kind + " needs one")
	case !k.vector && m.Encoder != nil:
		return nil, errors.New("encoder: is there, but a " + m.Kind + " needs none")
	case k.vector:
		p.dimension = m.Encoder.Dimension
	}
	s := k.build(&p)
	if !p.failed() { // else not all may have been taken
		p.rest()
	}
	if p.failed() {
		return nil, errors.Join(p.errs...)
	}
	return s, nil
}

// Best returns the place of the highest score, of several the first, and by how much it is above the second best: 0 where
// there is one score only. There must be one.
func Best(scores []float64) (index int, margin float64) {
	for i, s := range scores {
		if s > scores[index] {
			index = i
		}
	}
	second := -1
	for i, s := range scores {
		if i != index && (second < 0 || s > scores[second]) {
			second = i
		}
	}
	if second < 0 {
		return 0, 0
	}
	return index, scores[index] - scores[second]
}
