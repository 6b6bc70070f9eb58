package scorer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestKNN(t *testing.T) {
	numbers := tensors{
		"vectors": {Numbers: []float32{0, 0, 3, 4, 3, 4, 0, 2, -6, 8}, Shape: []int{5, 2}},
		"targets": {Numbers: []int32{0, 1, 2, 1, 0}},
	}
	for _, c := range []struct {
		k               int
		weights, metric string
		vector          []float32
		want            []float64
	}{
		{1, "uniform", "euclidean", []float32{3, 4}, []float64{0, 1, 0}}, // of two that are as far the first
		{2, "uniform", "euclidean", []float32{3, 4}, []float64{0, 1, 1}},
		{3, "uniform", "euclidean", []float32{0, 1}, []float64{1, 2, 0}},
		{5, "uniform", "euclidean", []float32{9, 9}, []float64{2, 2, 1}},
		{2, "distance", "euclidean", []float32{0, 0.5}, []float64{2, 1 / 1.5, 0}},
		{5, "distance", "euclidean", []float32{3, 4}, []float64{0, 1, 1}}, // only those that are there count
		{3, "distance", "cosine", []float32{30, 40}, []float64{0, 1, 1}},
		{5, "distance", "cosine", []float32{0, 9}, []float64{0, 1, 0}},
		{5, "distance", "cosine", []float32{-1, 0}, []float64{1 + 1/0.4, 1/1.6 + 1, 1 / 1.6}},
		{2, "uniform", "cosine", []float32{-3, 4}, []float64{1, 1, 0}},
		{3, "distance", "cosine", []float32{0, 0}, []float64{1, 1, 1}}, // at a right angle to all
	} {
		s := mustNew(t, "knn", 3, 2, params{"k": c.k, "weights": c.weights, "metric": c.metric}, numbers)
		if got := scored(s, 3, &Query{Vector: c.vector}); !near(got, c.want, 1e-12) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestKNNRefused(t *testing.T) {
	numbers := tensors{"vectors": {Numbers: make([]float32, 4), Shape: []int{2, 2}}, "targets": {Numbers: []int32{0, 2}}}
	refused(t, "knn", 2, 2, params{"k": 3, "weights": "uniform", "metric": "euclidean"}, numbers,
		"tensor targets: number 1 is 2, expected 0 to 1", "parameters.k: is 3, expected a whole number from 1 to 2")
	refused(t, "knn", 2, 2, params{"k": 1.5, "weights": "uniform", "metric": "manhattan"}, numbers,
		`parameters.metric: is "manhattan", expected one of euclidean, cosine`)
}

// worlds are vectors that a search may find hard, by name; queries come from among them.
func worlds(n, d int) map[string][]float32 {
	r := rand.New(rand.NewPCG(7, 8))
	worlds := map[string][]float32{
		"embeddings": embeddings(r, n, d, 24, 0.3),
		"noise":      numbers(r, n*d),
		"low rank":   embeddings(r, n, d, 5, 0),
		"all alike":  slices.Repeat(numbers(r, d), n),
	}
	change := func(name, from string, f func(i, j int, x float32) float32) {
		all := slices.Clone(worlds[from])
		for at, x := range all {
			all[at] = f(at/d, at%d, x)
		}
		worlds[name] = all
	}
	change("twins", "embeddings", func(i, j int, _ float32) float32 { return worlds["embeddings"][i/8*8*d+j] })
	change("nearly twins", "twins", func(i, j int, x float32) float32 {
		if j == i%8 {
			return math.Nextafter32(x, 1)
		}
		return x
	})
	change("far off", "embeddings", func(_, _ int, x float32) float32 { return x + 1000 })
	change("one long axis", "noise", func(_, j int, x float32) float32 {
		if j == 3 {
			return x * 1e6
		}
		return x
	})
	change("an outlier", "noise", func(i, _ int, x float32) float32 {
		if i == 11 {
			return x * 1e9
		}
		return x
	})
	change("grid", "noise", func(_, _ int, x float32) float32 { return float32(math.Round(float64(x))) })
	change("tiny", "noise", func(_, _ int, x float32) float32 { return x * 1e-30 })
	change("huge", "noise", func(_, _ int, x float32) float32 { return x * 1e30 })
	change("some without length", "noise", func(i, _ int, x float32) float32 {
		if i%5 == 0 {
			return 0
		}
		return x
	})
	return worlds
}

// TestSketchIsExact: the nearest and their distances are bit by bit those that a look at all rows finds.
func TestSketchIsExact(t *testing.T) {
	const n, d = minRows + 101, minDimension + 13
	for name, all := range worlds(n, d) {
		for _, cosine := range []bool{false, true} {
			for _, k := range []int{1, 5, n / 8} {
				r := newRows(all, d, cosine)
				s := newSketch(r, k)
				if hard := name == "all alike" || name == "tiny" || name == "huge"; s == nil && (!hard || cosine && name != "all alike") {
					t.Errorf("%s has no sketch", name)
				}
				if s == nil {
					continue
				}
				in, want, got := newInput(map[bool]string{true: unit, false: asIs}[cosine], d), newNearest(k), newNearest(k)
				for i := 0; i < n; i += 29 {
					vector := slices.Clone(r.row(i))
					if i%2 == 0 {
						vector[i%d] += 0.25
					}
					v := in.of(&Query{Vector: vector})
					if dot(v, v) == 0 {
						continue
					}
					want.count, got.count = 0, 0
					r.search(v, &want)
					s.search(v, &got)
					if !slices.Equal(got.place, want.place) || !slices.Equal(got.distance, want.distance) {
						t.Fatalf("%s, cosine %t, the %d nearest of row %d are\n%v\n%v, want\n%v\n%v",
							name, cosine, k, i, got.place, got.distance, want.place, want.distance)
					}
				}
			}
		}
	}
}

// TestSketchPays: where vectors are like those of an encoder few are read.
func TestSketchPays(t *testing.T) {
	const n, d, k = 2000, 384, 5
	all := embeddings(rand.New(rand.NewPCG(1, 1)), n+20, d, 64, 0.5)
	r := newRows(all[20*d:], d, false)
	s := newSketch(r, k)
	in, near, read := newInput(asIs, d), newNearest(k), 0
	for i := range 20 {
		near.count = 0
		s.search(in.of(&Query{Vector: all[i*d : (i+1)*d]}), &near)
		cut := beyond(near.limit(), slack*(1+s.radius))
		for i := range n {
			if s.nearer(i, cut) {
				read++
			}
		}
	}
	if read > 2*n { // a tenth of them
		t.Errorf("%d of %d rows are read", read/20, n)
	}
}

// TestBoundHolds: no row is nearer than the sketch says, but for the slack.
func TestBoundHolds(t *testing.T) {
	const n, d = minRows, minDimension
	for name, all := range worlds(n, d) {
		r := newRows(all, d, false)
		s := newSketch(r, 3)
		if s == nil {
			continue
		}
		in := newInput(asIs, d)
		for i := 0; i < n; i += 97 {
			v := in.of(&Query{Vector: r.row(i)})
			copy(s.offset, v)
			wrong := slack * (s.project() + s.radius)
			for other := range n {
				true2 := r.apart(other, v, math.Inf(1))
				var sum float64
				for level := range s.levels {
					coordinates, rest := s.split(level, other)
					sum += coordinates
					if bound := math.Sqrt(sum + rest); bound > math.Sqrt(true2)+wrong/4 {
						t.Fatalf("%s: rows %d and %d are %g apart, level %d says at least %g; it may be wrong by %g", name, i, other, math.Sqrt(true2), level, bound, wrong)
					}
				}
			}
		}
	}
}
