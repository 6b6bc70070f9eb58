package scorer

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// sampleModel is a small model of a kind.
type sampleModel struct {
	name, kind        string
	labels, dimension int
	parameters        params
	numbers           tensors
}

func (s *sampleModel) read(t testing.TB) *artifact.Model {
	t.Helper()
	m := read(t, s.kind, s.labels, s.dimension, s.parameters, s.numbers)
	if s.kind == "centroid" {
		m.Manifest.Labels = []string{"simple", "complex"}
	}
	return m
}

func (s *sampleModel) make(t testing.TB) Scorer {
	t.Helper()
	m := s.read(t)
	made, err := New(m.Manifest, m.Tensors)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return made
}

// sampleModels are models of every kind, in every variety.
func sampleModels() []sampleModel {
	const d, k = 11, 3 // not a multiple of what is done at once
	r := rand.New(rand.NewPCG(3, 4))
	f := func(shape ...int) tensor { return tensor{Numbers: numbers(r, product(shape)), Shape: shape} }
	f64 := func(shape ...int) tensor { return tensor{Numbers: numbers64(r, product(shape)), Shape: shape} }
	list := []sampleModel{{"constant", "constant", k, 0, nil, tensors{"scores": f64(k)}}}
	add := func(name, kind string, labels int, parameters params, numbers tensors) {
		list = append(list, sampleModel{name, kind, labels, d, parameters, numbers})
	}
	for _, input := range []string{asIs, clip, unit} {
		add("linear "+input, "linear", k, params{"input": input}, tensors{"weight": f(k, d), "bias": f(k)})
	}
	for _, weights := range []string{"uniform", "distance"} {
		for _, metric := range []string{"euclidean", "cosine"} {
			add("knn "+weights+" "+metric, "knn", k, params{"k": 5, "weights": weights, "metric": metric},
				tensors{"vectors": f(20, d), "targets": {Numbers: []int32{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}}})
		}
	}
	for _, kernel := range []string{"rbf", "linear"} {
		for _, vectors := range []tensor{f(20, d), f64(20, d), f(9, d)} {
			n := int32(vectors.Shape[0])
			add("svm "+kernel, "svm", k, params{"kernel": kernel, "gamma": 0.1}, tensors{
				"vectors": vectors, "support": {Numbers: []int32{4, 0, n - 4}}, "dual": f64(k-1, int(n)), "intercept": f64(3),
			})
		}
	}
	layers := func(rows int) tensors {
		return tensors{"weight0": f(7, d), "bias0": f(7), "weight1": f(5, 7), "bias1": f(5), "weight2": f(rows, 5), "bias2": f(rows)}
	}
	for _, activation := range slices.Sorted(maps.Keys(activations)) {
		add("mlp "+activation, "mlp", k, params{"activation": activation}, layers(k))
	}
	for _, output := range slices.Sorted(maps.Keys(outputs)) {
		add("threshold "+output, "threshold", 2, params{"output": output, "threshold": 0.25}, tensors{"weight": f(1, d), "bias": f(1)})
	}
	add("threshold of layers", "threshold", 2, params{"output": "clip", "threshold": 0.5, "activation": "relu"}, layers(1))
	add("user", "user", k, params{"users": 4}, tensors{"query_weight": f(5, d), "query_bias": f(5), "table": f(4, k, 5), "bias": f(4, k)})
	trees := func(classes int) tensors {
		return tensors{
			"roots": {Numbers: []int32{0, 5}}, "feature": {Numbers: []int32{2, -1, 7, -1, -1, -1}}, "threshold": f64(6),
			"left": {Numbers: []int32{1, 0, 3, -1, 9, 0}}, "right": {Numbers: []int32{2, 0, 4, -1, 9, 0}}, "value": f64(6, classes),
		}
	}
	add("forest", "forest", k, params{"classes": k, "first": 0}, trees(k))
	add("forest first", "forest", 2, params{"classes": 4, "first": 2, "threshold": 0.5}, trees(4))
	for _, input := range []string{asIs, unit} {
		add("kmeans "+input, "kmeans", k, params{"nearest": 2, "input": input}, tensors{"centers": f(6, d), "scores": f(6, k)})
	}
	centers := tensor{Numbers: make([]float32, 2*d), Shape: []int{2, d}}
	centers.Numbers.([]float32)[3], centers.Numbers.([]float32)[d+4] = 1, -1
	add("centroid", "centroid", 2, params{"margin": 0.1}, tensors{"centers": centers})
	return list
}

func product(shape []int) int {
	n := 1
	for _, x := range shape {
		n *= x
	}
	return n
}
