package scorer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What the largest models of LLMRouter's own data have.
const (
	benchRows, benchDimension, benchLabels = 5608, 768, 9
	benchRank                              = 64
)

// embeddings are vectors of length 1 as encoders make them: most of what tells them apart is along some directions, the rest is noise.
func embeddings(r *rand.Rand, n, d, rank int, noise float64) []float32 {
	basis := numbers64(r, rank*d)
	all := make([]float32, 0, n*d)
	row := make([]float64, d)
	for range n {
		for j := range row {
			row[j] = noise * r.NormFloat64()
		}
		for k := range rank {
			x := r.NormFloat64() / math.Sqrt(float64(k+1))
			for j := range row {
				row[j] += x * basis[k*d+j]
			}
		}
		scale := scaleOf(row)
		for _, x := range row {
			all = append(all, float32(x*scale))
		}
	}
	return all
}

func benchTargets(r *rand.Rand, n int) []int32 {
	targets := make([]int32, n)
	for i := range targets {
		targets[i] = r.Int32N(benchLabels)
	}
	return targets
}

// bench scores queries that are like the vectors of the model.
func bench(b *testing.B, kind string, parameters params, numbers tensors, queries []float32) {
	m := read(b, kind, benchLabels, benchDimension, parameters, numbers)
	s, err := New(m.Manifest, m.Tensors)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]float64, benchLabels)
	b.ReportAllocs()
	q := &Query{}
	for i := 0; b.Loop(); i = (i + benchDimension) % len(queries) {
		q.Vector = queries[i : i+benchDimension]
		s.Score(q, out)
	}
}

func benchKNN(metric string) (tensors, params, []float32) {
	const queries = 64
	r := rand.New(rand.NewPCG(1, 2))
	all := embeddings(r, benchRows+queries, benchDimension, benchRank, 0.5)
	numbers := tensors{
		"vectors": {Numbers: all[queries*benchDimension:], Shape: []int{benchRows, benchDimension}},
		"targets": {Numbers: benchTargets(r, benchRows)},
	}
	return numbers, params{"k": 5, "weights": "uniform", "metric": metric}, all[:queries*benchDimension]
}

func BenchmarkKNN(b *testing.B) {
	for _, metric := range []string{"euclidean", "cosine"} {
		b.Run(metric, func(b *testing.B) {
			numbers, parameters, queries := benchKNN(metric)
			bench(b, "knn", parameters, numbers, queries)
		})
	}
}

// BenchmarkKNNAll is what KNN takes that reads every row to its end.
func BenchmarkKNNAll(b *testing.B) {
	numbers, _, queries := benchKNN("euclidean")
	r := newRows(numbers["vectors"].Numbers.([]float32), benchDimension, false)
	v := make([]float64, benchDimension)
	widen(v, queries[:benchDimension])
	near := newNearest(5)
	for b.Loop() {
		near.count = 0
		for i := range r.count {
			near.offer(i, r.apart(i, v, math.Inf(1)))
		}
	}
}

// BenchmarkKNNNew is what a worker of a proxy takes to load it.
func BenchmarkKNNNew(b *testing.B) {
	numbers, parameters, _ := benchKNN("euclidean")
	m := read(b, "knn", benchLabels, benchDimension, parameters, numbers)
	for b.Loop() {
		if _, err := New(m.Manifest, m.Tensors); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSVM(b *testing.B) {
	const queries, n = 8, 5464
	r := rand.New(rand.NewPCG(1, 2))
	all := embeddings(r, n+queries, benchDimension, benchRank, 0.5)
	support := make([]int32, benchLabels)
	for i := range n {
		support[i%benchLabels]++
	}
	bench(b, "svm", params{"kernel": "rbf", "gamma": 1.0}, tensors{
		"vectors":   {Numbers: all[queries*benchDimension:], Shape: []int{n, benchDimension}},
		"support":   {Numbers: support},
		"dual":      {Numbers: numbers64(r, (benchLabels-1)*n), Shape: []int{benchLabels - 1, n}},
		"intercept": {Numbers: numbers64(r, benchLabels*(benchLabels-1)/2)},
	}, all[:queries*benchDimension])
}

func BenchmarkMLP(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	bench(b, "mlp", params{"activation": "relu"}, tensors{
		"weight0": {Numbers: numbers(r, 128*benchDimension), Shape: []int{128, benchDimension}}, "bias0": {Numbers: numbers(r, 128)},
		"weight1": {Numbers: numbers(r, 64*128), Shape: []int{64, 128}}, "bias1": {Numbers: numbers(r, 64)},
		"weight2": {Numbers: numbers(r, benchLabels*64), Shape: []int{benchLabels, 64}}, "bias2": {Numbers: numbers(r, benchLabels)},
	}, numbers(r, 8*benchDimension))
}

func BenchmarkLinear(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	bench(b, "linear", params{"input": "as_is"}, tensors{
		"weight": {Numbers: numbers(r, benchLabels*benchDimension), Shape: []int{benchLabels, benchDimension}},
		"bias":   {Numbers: numbers(r, benchLabels)},
	}, numbers(r, 8*benchDimension))
}
