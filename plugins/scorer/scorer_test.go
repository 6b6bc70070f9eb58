package scorer

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// load makes an artifact run.
func load(manifest, tensors []byte) (Scorer, *artifact.Manifest, error) {
	m, err := artifact.ParseManifest(manifest)
	if err != nil {
		return nil, nil, err
	}
	t, err := artifact.ParseTensors(tensors)
	if err != nil {
		return nil, nil, err
	}
	s, err := New(m, t)
	return s, m, err
}

// example makes the example of a kind run.
func example(t *testing.T, kind string, d int) (Scorer, *artifact.Manifest) {
	t.Helper()
	s, m, err := load(artifacttest.Example(kind, "e", d))
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return s, m
}

// TestEveryKind: scores are numbers, the same for the same query whatever was asked between, and nothing is made for a query.
func TestEveryKind(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	const d = 8
	vector := func(scale float64) []float32 {
		v := make([]float32, d)
		for i := range v {
			v[i] = float32(chance.NormFloat64() * scale)
		}
		return v
	}
	for _, kind := range Kinds() {
		s, m := example(t, kind, d)
		first := make([]float64, len(m.Labels))
		again := make([]float64, len(m.Labels))
		for range 200 {
			q := Query{Vector: vector(1), User: "1"}
			s.Score(&q, first)
			for _, v := range [][]float32{make([]float32, d), vector(1e18), vector(1e-18)} {
				s.Score(&Query{Vector: v}, again)
				for _, score := range again {
					if math.IsNaN(score) {
						t.Fatalf("%s: %v for %v", kind, again, v)
					}
				}
			}
			if s.Score(&q, again); !slices.Equal(first, again) {
				t.Fatalf("%s: %v, and then %v", kind, first, again)
			}
		}
		q := Query{Vector: vector(1)}
		if n := testing.AllocsPerRun(100, func() { s.Score(&q, again) }); n > 0 {
			t.Errorf("%s makes %v things for a query", kind, n)
		}
	}
}

// TestEveryKindRefuses: each tensor and parameter of each kind is needed, has its type and shape, and is finite; nothing else may be
// there.
func TestEveryKindRefuses(t *testing.T) {
	const d = 8
	for _, kind := range Kinds() {
		manifest, tensors := artifacttest.Example(kind, "e", d)
		m, err := artifact.ParseManifest(manifest)
		if err != nil {
			t.Fatal(err)
		}
		all, err := artifact.ParseTensors(tensors)
		if err != nil {
			t.Fatal(err)
		}
		refused := func(what string, m artifact.Manifest, all artifact.Tensors, want string) {
			t.Helper()
			if _, err := New(&m, all); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s with %s: %v, expected %q", kind, what, err, want)
			}
		}
		for i := range all {
			name := all[i].Name
			refused("no "+name, *m, slices.Delete(slices.Clone(all), i, i+1), ": is ")
			other := slices.Clone(all)
			other[i].Shape = append([]int{1}, other[i].Shape...)
			refused(name+" of another shape", *m, other, name+": ")
			for n := range other[i].Shape {
				other[i].Shape = slices.Clone(all[i].Shape)
				if n < len(other[i].Shape) {
					other[i].Shape[n]++
				}
			}
			other = slices.Clone(all)
			if other[i].Type = artifact.I32; all[i].Type == artifact.I32 {
				other[i].Type = artifact.F32
			}
			refused(name+" of another type", *m, other, name+": ")
		}
		extra, err := artifact.ParseTensors(artifacttest.Tensors(map[string]artifacttest.Tensor{"extra": {Shape: []int{1}, Numbers: []int32{1}}}))
		if err != nil {
			t.Fatal(err)
		}
		refused("another tensor", *m, append(slices.Clone(all), extra...), "extra: is no tensor of kind "+kind)
		more := *m
		more.Parameters = append(slices.Clone(m.Parameters), artifact.Parameter{Name: "extra"})
		refused("another parameter", more, all, "parameters.extra: is no parameter of kind "+kind)
		for i, p := range m.Parameters {
			less := *m
			less.Parameters = slices.Delete(slices.Clone(m.Parameters), i, i+1)
			refused("no "+p.Name, less, all, "parameters."+p.Name)
		}
		if m.Encoder != nil {
			without := *m
			without.Encoder = nil
			refused("no encoder", without, all, "encoder: is missing")
			wide := *m
			wide.Encoder = &artifact.Encoder{ID: "e", Dimension: d + 1}
			if kind != "forest" { // whose trees look at some numbers of a vector
				refused("another dimension", wide, all, ": is ")
			}
		}
	}
	if _, err := New(&artifact.Manifest{Kind: "magic"}, nil); err == nil || !strings.Contains(err.Error(), `kind: is "magic", expected one of centroid, constant`) {
		t.Error(err)
	}
}

// TestHostileNumbers: what is not finite is refused at once, wherever it stands.
func TestHostileNumbers(t *testing.T) {
	for _, kind := range Kinds() {
		manifest, tensors := artifacttest.Example(kind, "e", 8)
		m, err := artifact.ParseManifest(manifest)
		if err != nil {
			t.Fatal(err)
		}
		all, err := artifact.ParseTensors(tensors)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			switch all[i].Type {
			case artifact.F32:
				v := all[i].Floats()
				kept := v[len(v)-1]
				v[len(v)-1] = float32(math.NaN())
				if _, err := New(m, all); err == nil || !strings.Contains(err.Error(), "is not finite") {
					t.Errorf("%s: NaN in %s: %v", kind, all[i].Name, err)
				}
				v[len(v)-1] = kept
			case artifact.F64:
				v := all[i].Doubles()
				kept := v[len(v)-1]
				v[len(v)-1] = math.Inf(1)
				if _, err := New(m, all); err == nil || !strings.Contains(err.Error(), "is not finite") {
					t.Errorf("%s: infinity in %s: %v", kind, all[i].Name, err)
				}
				v[len(v)-1] = kept
			}
		}
	}
}

func TestBest(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		scores []float64
		best   int
		margin float64
	}{
		{[]float64{1}, 0, 0}, {[]float64{1, 3, 2}, 1, 1}, {[]float64{2, 2, 1}, 0, 0}, {[]float64{nan, 1, 0}, 1, 1}, {[]float64{nan, nan}, 0, 0},
	} {
		if best, margin := Best(c.scores); best != c.best || margin != c.margin {
			t.Errorf("%v: %d, %v", c.scores, best, margin)
		}
	}
}

// FuzzModel: no artifact, whatever is in it, breaks what loads and runs it.
func FuzzModel(f *testing.F) {
	for _, kind := range Kinds() {
		manifest, tensors := artifacttest.Example(kind, "e", 8)
		f.Add(manifest, tensors, []byte{1, 2, 3})
	}
	f.Fuzz(func(t *testing.T, manifest, tensors, query []byte) {
		s, m, err := load(manifest, tensors)
		if err != nil {
			return
		}
		q := Query{Vector: make([]float32, m.Dimension())}
		for i := range q.Vector {
			if len(query) > 0 {
				q.Vector[i] = float32(query[i%len(query)]) - 128
			}
		}
		s.Score(&q, make([]float64, len(m.Labels)))
	})
}
