package scorer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// neighbours makes vectors of length 1 about some topics, as embeddings are: most of what tells topics apart lies along few
// directions, what tells texts of one topic apart along more of them, and the rest along all. Some are alike.
func neighbours(n, d, topics int, seed uint64) []float32 {
	shape := rand.New(rand.NewPCG(1, 1)) // the same for every seed: queries are of the topics of the training data
	normal := func(chance *rand.Rand, scale func(k int) float64) []float64 {
		v := make([]float64, d)
		for k := range v {
			v[k] = chance.NormFloat64() * scale(k)
		}
		return v
	}
	centers := make([][]float64, topics)
	for i := range centers {
		centers[i] = normal(shape, func(k int) float64 { return 1 / math.Sqrt(float64(k+2)) })
	}
	chance := rand.New(rand.NewPCG(seed, 1))
	all := make([]float32, 0, n*d)
	for i := range n {
		if i%17 == 3 {
			all = append(all, all[len(all)-d:]...) // the same as the one before
			continue
		}
		center := centers[chance.IntN(topics)]
		v := normal(chance, func(k int) float64 { return 0.7 / math.Sqrt(float64(k+10)) })
		length := 0.0
		for k := range v {
			v[k] += center[k]
			length += v[k] * v[k]
		}
		for _, x := range v {
			all = append(all, float32(x/math.Sqrt(length)))
		}
	}
	return all
}

func knnOf(t testing.TB, vectors []float32, n, d, labels int, metric, weights string) *knn {
	t.Helper()
	targets := make([]int32, n)
	var names []string
	for i := range targets {
		targets[i] = int32(i * 7 % labels)
	}
	for i := range labels {
		names = append(names, fmt.Sprint("label-", i))
	}
	tensors := artifacttest.Tensors(map[string]artifacttest.Tensor{"vectors": {Shape: []int{n, d}, Numbers: vectors}, "targets": {Shape: []int{n}, Numbers: targets}})
	manifest := artifacttest.Manifest(map[string]any{
		"kind": "knn", "labels": names, "encoder": map[string]any{"id": "e", "dimension": d}, "query_view": "last_user",
		"parameters": map[string]any{"k": 5, "weights": weights, "metric": metric},
	}, tensors)
	s, _, err := load(manifest, tensors)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*knn)
}

// TestSearchIsExact: what is passed over is never among the nearest: the votes are those of comparing with all.
func TestSearchIsExact(t *testing.T) {
	const n, d = 2000, 160
	vectors := neighbours(n, d, 20, 7)
	for _, metric := range []string{"euclidean", "cosine"} {
		for _, weights := range []string{"uniform", "distance"} {
			s := knnOf(t, vectors, n, d, 9, metric, weights)
			if s.sketches == nil {
				t.Fatal("nothing is passed over")
			}
			plain := *s
			plain.sketches, plain.found = nil, newNearest(5)
			queries := append(neighbours(200, d, 20, 8), vectors[:20*d]...)
			for i := range queries[:20*d] {
				queries[i] *= 3 // of another length
			}
			for i := range len(queries) / d {
				q := Query{Vector: queries[i*d : (i+1)*d]}
				got, want := make([]float64, 9), make([]float64, 9)
				s.Score(&q, got)
				plain.Score(&q, want)
				if !slices.Equal(got, want) || !slices.Equal(s.found.all, plain.found.all) {
					t.Fatalf("%s, %s, query %d: %v, want %v", metric, weights, i, s.found.all, plain.found.all)
				}
			}
		}
	}
}

// BenchmarkKNN is the size of LLMRouter's own data.
func BenchmarkKNN(b *testing.B) {
	const n, d = 5608, 768
	vectors, queries := neighbours(n, d, 200, 7), neighbours(64, d, 200, 8)
	s := knnOf(b, vectors, n, d, 9, "euclidean", "uniform")
	out := make([]float64, 9)
	s.Score(&Query{Vector: queries[:d]}, out)
	near, passed := s.found.bound(), 0
	for _, x := range s.bounds {
		if x > near {
			passed++
		}
	}
	b.Logf("of %d vectors %d are passed over; the fifth nearest is at %.3f", n, passed, near)
	for _, pruned := range []bool{false, true} {
		one := *s
		if !pruned {
			one.sketches = nil
		}
		b.Run(fmt.Sprint("pruned=", pruned), func(b *testing.B) {
			for i := range b.N {
				one.Score(&Query{Vector: queries[i%64*d : (i%64+1)*d]}, out)
			}
		})
	}
	b.Run("load", func(b *testing.B) {
		for range b.N {
			sketch(vectors, d, nil)
		}
	})
}
