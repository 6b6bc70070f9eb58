package artifacttest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math/rand/v2"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
)

// Write writes a manifest of any members, with the hash of the tensors.
func Write(members map[string]any, tensors []byte) []byte {
	sum := sha256.Sum256(tensors)
	m := maps.Clone(members)
	m["format"], m["version"] = artifact.Format, artifact.Version
	m["files"] = map[string]any{artifact.File: map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(tensors)}}
	for name, otherwise := range map[string]any{"origin": "test", "parameters": map[string]any{}} {
		if m[name] == nil {
			m[name] = otherwise
		}
	}
	if e, ok := m["encoder"].(map[string]any); ok && e["normalize"] == nil {
		e["normalize"] = false
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // members are texts, numbers, and lists and maps of them
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
		return Tensor{all, shape}
	}
	doubles := func(shape ...int) Tensor {
		f := floats(shape...)
		all := make([]float64, 0, 8)
		for _, v := range f.Numbers.([]float32) {
			all = append(all, float64(v))
		}
		return Tensor{all, shape}
	}
	wholes := func(shape []int, all ...int32) Tensor { return Tensor{all, shape} }
	labels := []string{"a", "b", "c"}
	var parameters map[string]any
	var all Tensors
	switch kind {
	case "constant":
		all = Tensors{"scores": doubles(3)}
	case "linear":
		all, parameters = Tensors{"weight": floats(3, d), "bias": floats(3)}, map[string]any{"input": "as_is"}
	case "knn":
		all = Tensors{"vectors": floats(9, d), "targets": wholes([]int{9}, 0, 1, 2, 0, 1, 2, 0, 1, 2)}
		parameters = map[string]any{"k": 3, "weights": "uniform", "metric": "euclidean"}
	case "svm":
		all = Tensors{"vectors": floats(6, d), "support": wholes([]int{3}, 2, 2, 2), "dual": doubles(2, 6), "intercept": doubles(3)}
		parameters = map[string]any{"kernel": "rbf", "gamma": 0.1}
	case "mlp":
		all = Tensors{"weight0": floats(8, d), "bias0": floats(8), "weight1": floats(3, 8), "bias1": floats(3)}
		parameters = map[string]any{"activation": "relu"}
	case "threshold":
		labels = labels[:2]
		all = Tensors{"weight": floats(1, d), "bias": floats(1)}
		parameters = map[string]any{"output": "logistic", "threshold": 0.5}
	case "user":
		all = Tensors{"query_weight": floats(4, d), "query_bias": floats(4), "table": floats(2, 3, 4), "bias": floats(2, 3)}
		parameters = map[string]any{"users": 2}
	case "forest":
		all = Tensors{
			"roots": wholes([]int{1}, 0), "feature": wholes([]int{3}, 0, -1, -1), "left": wholes([]int{3}, 1, -1, -1), "right": wholes([]int{3}, 2, -1, -1),
			"threshold": doubles(3), "value": doubles(3, 3),
		}
		parameters = map[string]any{"classes": 3, "first": 0}
	case "kmeans":
		all, parameters = Tensors{"centers": floats(4, d), "scores": floats(4, 3)}, map[string]any{"nearest": 1, "input": "as_is"}
	case "centroid":
		labels = []string{"simple", "complex"}
		centers := make([]float32, 2*d)
		centers[0], centers[d+1] = 1, 1
		all, parameters = Tensors{"centers": {centers, []int{2, d}}}, map[string]any{"margin": 0.06}
	default:
		panic(kind + " is no kind")
	}
	tensors = all.Bytes()
	members := map[string]any{"kind": kind, "labels": labels, "quality": true}
	if parameters != nil {
		members["parameters"] = parameters
	}
	if kind != "constant" {
		members["encoder"] = map[string]any{"id": encoder, "dimension": d}
		members["query_view"] = "last_user_500"
	}
	return Write(members, tensors), tensors
}

// Document is an artifact as a document has it.
func Document(name string, manifest, tensors []byte) abi.Artifact {
	sum := sha256.Sum256(manifest)
	return abi.Artifact{
		Name: name, Digest: hex.EncodeToString(sum[:]), Manifest: string(manifest), Numbers: base64.StdEncoding.EncodeToString(tensors),
	}
}
