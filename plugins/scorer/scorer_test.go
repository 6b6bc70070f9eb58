package scorer

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// oddQueries are what encoders rarely give, and what they give.
func oddQueries(d int) []*Query {
	r := rand.New(rand.NewPCG(5, 6))
	all := func(x float32) *Query { return &Query{Vector: slices.Repeat([]float32{x}, d), User: "2"} }
	queries := []*Query{all(0), all(math.MaxFloat32), all(-math.MaxFloat32), all(math.SmallestNonzeroFloat32), all(1), {Vector: all(1).Vector, User: "x"}}
	for i := range 20 {
		queries = append(queries, &Query{Vector: numbers(r, d), User: strconv.Itoa(i - 5)})
	}
	return queries
}

// TestEveryKind: no score is NaN, each is written, the same query has the same scores whatever was asked before, the query is left as
// it is, and nothing is allocated.
func TestEveryKind(t *testing.T) {
	tested := map[string]bool{}
	for _, model := range sampleModels() {
		tested[model.kind] = true
		s, other := model.make(t), model.make(t)
		queries := oddQueries(model.dimension)
		var want [][]float64
		for _, q := range queries {
			before := slices.Clone(q.Vector)
			want = append(want, scored(s, model.labels, q))
			if slices.ContainsFunc(want[len(want)-1], math.IsNaN) {
				t.Errorf("%s %v: %v", model.name, q, want[len(want)-1])
			}
			if !slices.Equal(q.Vector, before) {
				t.Errorf("%s: the query is %v, was %v", model.name, q.Vector, before)
			}
		}
		for i := len(queries) - 1; i >= 0; i-- {
			for _, s := range []Scorer{s, other} {
				if got := scored(s, model.labels, queries[i]); !slices.Equal(got, want[i]) {
					t.Errorf("%s %v: %v, before %v", model.name, queries[i], got, want[i])
				}
			}
		}
		out := make([]float64, model.labels)
		if n := testing.AllocsPerRun(10, func() { s.Score(queries[7], out) }); n > 0 {
			t.Errorf("%s allocates %g times", model.name, n)
		}
	}
	if got := slices.Sorted(maps.Keys(tested)); !slices.Equal(got, Kinds()) {
		t.Errorf("tested are %v, there are %v", got, Kinds())
	}
}

// TestEveryPartIsNeeded: a model that lacks a tensor or a parameter, or has one more, is refused for that.
func TestEveryPartIsNeeded(t *testing.T) {
	for _, model := range sampleModels() {
		refuse := func(path, want string, m *artifact.Model) {
			_, err := New(m.Manifest, m.Tensors)
			if err == nil || !strings.Contains(err.Error(), path+": ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: the error is %v", model.name, path, err)
			}
		}
		for name, was := range model.read(t).Tensors {
			m := model.read(t)
			m.Tensors[name] = artifact.Tensor{Type: was.Type, Shape: append(slices.Clone(was.Shape), 1)}
			if _, err := New(m.Manifest, m.Tensors); err == nil {
				t.Errorf("%s: tensor %s of shape %v is not refused", model.name, name, m.Tensors[name].Shape)
			}
			if delete(m.Tensors, name); !strings.HasPrefix(name, "weight") {
				refuse("tensor "+name, "is missing", m)
			}
		}
		for name, was := range model.parameters {
			m := model.read(t)
			delete(m.Manifest.Parameters, name)
			refuse("parameters."+name, "is missing", m)
			_, isText := was.(string)
			m.Manifest.Parameters[name] = artifact.Parameter{IsText: !isText, Text: "x", Number: 1}
			refuse("parameters."+name, "expected", m)
		}
		m := model.read(t)
		m.Manifest.Parameters = maps.Clone(m.Manifest.Parameters)
		m.Manifest.Parameters["odd"] = artifact.Parameter{}
		m.Tensors["odd"] = artifact.Tensor{Type: artifact.F32}
		refuse("parameters.odd", "is none that a "+model.kind+" has", m)
		refuse("tensor odd", "is none that a "+model.kind+" has", m)
	}
}

// TestNotFinite: a number that is NaN or infinite is refused, wherever it stands.
func TestNotFinite(t *testing.T) {
	for _, model := range sampleModels() {
		for name, was := range model.numbers {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				changed := maps.Clone(model.numbers)
				switch x := was.Numbers.(type) {
				case []float32:
					x = slices.Clone(x)
					x[len(x)-1] = float32(bad)
					changed[name] = tensor{Numbers: x, Shape: was.Shape}
				case []float64:
					x = slices.Clone(x)
					x[len(x)-1] = bad
					changed[name] = tensor{Numbers: x, Shape: was.Shape}
				default:
					continue
				}
				m := (&sampleModel{model.name, model.kind, model.labels, model.dimension, model.parameters, changed}).read(t)
				if _, err := New(m.Manifest, m.Tensors); err == nil || !strings.Contains(err.Error(), "tensor "+name+": number ") {
					t.Errorf("%s: %s: the error is %v", model.name, name, err)
				}
			}
		}
	}
}

func TestUnknownKind(t *testing.T) {
	m := read(t, "oracle", 1, 0, nil, nil)
	if _, err := New(m.Manifest, m.Tensors); err == nil || !strings.Contains(err.Error(), `kind: is "oracle", expected one of centroid, constant, forest`) {
		t.Error(err)
	}
}

func TestRegisteredTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a kind can be registered twice")
		}
	}()
	register("linear", kind{build: newLinear})
}

func TestBest(t *testing.T) {
	inf := math.Inf(-1)
	for _, c := range []struct {
		scores []float64
		index  int
		margin float64
	}{
		{[]float64{3}, 0, 0},
		{[]float64{1, 4, 2}, 1, 2},
		{[]float64{4, 1, 2}, 0, 2},
		{[]float64{1, 2, 4}, 2, 2},
		{[]float64{1, 4, 4}, 1, 0},
		{[]float64{2, 2, 2}, 0, 0},
		{[]float64{-3, -1}, 1, 2},
		{[]float64{inf, 1}, 1, math.Inf(1)},
	} {
		if index, margin := Best(c.scores); index != c.index || margin != c.margin {
			t.Errorf("%v: %d by %g, want %d by %g", c.scores, index, margin, c.index, c.margin)
		}
	}
}
