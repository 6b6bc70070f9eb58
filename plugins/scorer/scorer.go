// Package scorer runs trained models: from a query's vector to a score for each label. A kind of artifact is one file here, which
// registers itself; docs/artifacts.md says what its tensors and parameters are and how it scores.
//
// Scores are the same on every machine: sums are double precision and of one order (see dot), and nothing is fused.
package scorer

import (
	"errors"
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// Query is what is scored.
type Query struct {
	Vector []float32 // of the artifact's dimension; not kept
	User   string    // who asks, for kind user
}

// Scorer scores the labels of one artifact. It keeps scratch, so it is not for concurrent use; it remembers nothing that decides.
type Scorer interface {
	// Score writes a score for each label; the highest is best, and of equal ones the first.
	Score(q *Query, scores []float64)
}

// Reaching is a Scorer that knows how far a query is from what it was trained on.
type Reaching interface {
	// Distance is that of the query that was scored last.
	Distance() float64
}

// Thresholded is a Scorer of two labels, of which the second's score is a threshold.
type Thresholded interface{ Thresholded() }

// makers are the kinds, by name. Each takes what it needs out of the artifact, and refuses what does not fit.
var makers = map[string]func(m *artifact.Model) Scorer{}

func register(kind string, maker func(m *artifact.Model) Scorer) struct{} {
	if makers[kind] != nil {
		panic("kind " + kind + " is registered twice")
	}
	makers[kind] = maker
	return struct{}{}
}

// Kinds are the names of all kinds, sorted.
func Kinds() []string {
	var kinds []string
	for kind := range makers {
		kinds = append(kinds, kind)
	}
	sort.Strings(kinds)
	return kinds
}

// New makes an artifact run. The error tells everything about it that is not as documented.
func New(m *artifact.Manifest, t artifact.Tensors) (Scorer, error) {
	maker := makers[m.Kind]
	if maker == nil {
		return nil, errors.New("kind: is " + strconv.Quote(m.Kind) + ", expected one of " + strings.Join(Kinds(), ", "))
	}
	model := artifact.NewModel(m, t)
	s := maker(model)
	if err := model.Done(); err != nil {
		return nil, err
	}
	return s, nil
}

// Best returns the place of the highest score, of equal ones the first, and by how much it is above the second highest; 0 where
// there is one. What is not a number is never best.
func Best(scores []float64) (best int, margin float64) {
	first, second := math.Inf(-1), math.Inf(-1)
	for i, s := range scores {
		switch {
		case s > first:
			best, first, second = i, s, first
		case s > second:
			second = s
		}
	}
	if len(scores) < 2 || math.IsInf(second, -1) {
		return best, 0
	}
	return best, first - second
}
