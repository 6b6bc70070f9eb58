// Package artifacttest writes artifacts for tests.
package artifacttest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// Tensor is one to be written: Numbers is []float32, []float64 or []int32.
type Tensor struct {
	Shape   []int
	Numbers any
}

// Tensors writes model.safetensors.
func Tensors(all map[string]Tensor) []byte {
	type entry struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	head, data := map[string]entry{}, []byte{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		e := entry{Shape: t.Shape, Offsets: [2]int{len(data), 0}}
		if e.Shape == nil {
			e.Shape = []int{}
		}
		switch numbers := t.Numbers.(type) {
		case []float32:
			e.Type = "F32"
			for _, v := range numbers {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
		case []float64:
			e.Type = "F64"
			for _, v := range numbers {
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
			}
		case []int32:
			e.Type = "I32"
			for _, v := range numbers {
				data = binary.LittleEndian.AppendUint32(data, uint32(v))
			}
		default:
			panic(fmt.Sprintf("%s: %T is no type of a tensor", name, t.Numbers))
		}
		e.Offsets[1] = len(data)
		head[name] = e
	}
	text, err := json.Marshal(head)
	if err != nil {
		panic(err) // no type in it can fail
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), data...)
}

// Manifest writes manifest.json of members beside the hashes of the tensors.
func Manifest(members map[string]any, tensors []byte) []byte {
	sum := sha256.Sum256(tensors)
	m := maps.Clone(members)
	m["format"], m["version"] = "routeiq-artifact", 1
	m["files"] = map[string]any{"model.safetensors": map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(tensors)}}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err)
	}
	return text
}

// Example is an artifact of a kind, whose numbers are chance's: of two labels where the kind has two, else of three. Labels are a, b
// and c where the kind does not name them.
func Example(kind, encoder string, d int) (manifest, tensors []byte) {
	chance := rand.New(rand.NewPCG(1, uint64(len(kind))))
	floats := func(shape ...int) Tensor {
		n := 1
		for _, s := range shape {
			n *= s
		}
		all := make([]float32, n)
		for i := range all {
			all[i] = float32(chance.NormFloat64())
		}
		return Tensor{shape, all}
	}
	doubles := func(shape ...int) Tensor {
		f := floats(shape...)
		all := make([]float64, 0, 8)
		for _, v := range f.Numbers.([]float32) {
			all = append(all, float64(v))
		}
		return Tensor{shape, all}
	}
	wholes := func(shape []int, all ...int32) Tensor { return Tensor{shape, all} }
	labels := []string{"a", "b", "c"}
	var parameters map[string]any
	var all map[string]Tensor
	switch kind {
	case "constant":
		all = map[string]Tensor{"scores": doubles(3)}
	case "linear":
		all, parameters = map[string]Tensor{"weight": floats(3, d), "bias": floats(3)}, map[string]any{"input": "as_is"}
	case "knn":
		all = map[string]Tensor{"vectors": floats(9, d), "targets": wholes([]int{9}, 0, 1, 2, 0, 1, 2, 0, 1, 2)}
		parameters = map[string]any{"k": 3, "weights": "uniform", "metric": "euclidean"}
	case "svm":
		all = map[string]Tensor{"vectors": floats(6, d), "support": wholes([]int{3}, 2, 2, 2), "dual": doubles(2, 6), "intercept": doubles(3)}
		parameters = map[string]any{"kernel": "rbf", "gamma": 0.1}
	case "mlp":
		all = map[string]Tensor{"weight0": floats(8, d), "bias0": floats(8), "weight1": floats(3, 8), "bias1": floats(3)}
		parameters = map[string]any{"activation": "relu"}
	case "threshold":
		labels = labels[:2]
		all = map[string]Tensor{"weight": floats(1, d), "bias": floats(1)}
		parameters = map[string]any{"output": "logistic", "threshold": 0.5}
	case "user":
		all = map[string]Tensor{"query_weight": floats(4, d), "query_bias": floats(4), "table": floats(2, 3, 4), "bias": floats(2, 3)}
		parameters = map[string]any{"users": 2}
	case "forest":
		all = map[string]Tensor{
			"roots": wholes([]int{1}, 0), "feature": wholes([]int{3}, 0, -1, -1), "left": wholes([]int{3}, 1, -1, -1), "right": wholes([]int{3}, 2, -1, -1),
			"threshold": doubles(3), "value": doubles(3, 3),
		}
		parameters = map[string]any{"classes": 3, "first": 0}
	case "kmeans":
		all, parameters = map[string]Tensor{"centers": floats(4, d), "scores": floats(4, 3)}, map[string]any{"nearest": 1, "input": "as_is"}
	case "centroid":
		labels = []string{"simple", "complex"}
		centers := make([]float32, 2*d)
		centers[0], centers[d+1] = 1, 1
		all, parameters = map[string]Tensor{"centers": {[]int{2, d}, centers}}, map[string]any{"margin": 0.06}
	default:
		panic(kind + " is no kind")
	}
	tensors = Tensors(all)
	members := map[string]any{"kind": kind, "labels": labels, "quality": true}
	if parameters != nil {
		members["parameters"] = parameters
	}
	if kind != "constant" {
		members["encoder"] = map[string]any{"id": encoder, "dimension": d}
		members["query_view"] = "last_user_500"
	}
	return Manifest(members, tensors), tensors
}

// Document is an artifact as a document has it.
func Document(name string, manifest, tensors []byte) abi.Artifact {
	sum := sha256.Sum256(manifest)
	return abi.Artifact{
		Name: name, Digest: hex.EncodeToString(sum[:]), Manifest: string(manifest), Numbers: base64.StdEncoding.EncodeToString(tensors),
	}
}
