package decide

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/ngram"
	"github.com/routeiq/routeiq/plugins/view"
)

// Shape is a trained model of a size that people have. Its numbers are chance's: what a decision costs does not go by them, but for
// nearest neighbours, whose vectors lie as embeddings do.
type Shape struct {
	Name     string // what it is, for a table
	Strategy string
	Heavy    bool // it takes so long that few decisions tell
	Words    bool // its vectors are made of the request's words, so that their number counts
	kind     string
	labels   int
	size     int // numbers in a vector
	encoder  string
	more     map[string]any // parameters
	quality  bool
	tensors  func(b *builder) artifacttest.Tensors
}

// builder makes numbers.
type builder struct {
	*rand.Rand
	k, d int // labels, and numbers in a vector
}

func (b *builder) floats(shape ...int) artifacttest.Tensor {
	n := 1
	for _, s := range shape {
		n *= s
	}
	all := make([]float32, n)
	for i := range all {
		all[i] = float32(b.NormFloat64()) / 16
	}
	return artifacttest.Tensor{Shape: shape, Numbers: all}
}

func (b *builder) doubles(shape ...int) artifacttest.Tensor {
	f := b.floats(shape...)
	var all []float64
	for _, v := range f.Numbers.([]float32) {
		all = append(all, float64(v))
	}
	return artifacttest.Tensor{Shape: shape, Numbers: all}
}

func (b *builder) wholes(n int, of func(i int) int) artifacttest.Tensor {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(of(i))
	}
	return artifacttest.Tensor{Shape: []int{n}, Numbers: all}
}

// topics are vectors of length 1 about some topics: what tells topics apart lies along few directions, what tells texts of one topic
// apart along more of them, and the rest along all.
func (b *builder) topics(n, topics int) artifacttest.Tensor {
	shape := rand.New(rand.NewPCG(1, 1)) // the same for queries and training data
	spread := func(r *rand.Rand, scale float64, from int) []float64 {
		v := make([]float64, b.d)
		for k := range v {
			v[k] = r.NormFloat64() * scale / math.Sqrt(float64(k+from))
		}
		return v
	}
	centers := make([][]float64, topics)
	for i := range centers {
		centers[i] = spread(shape, 1, 2)
	}
	all := make([]float32, 0, n*b.d)
	for range n {
		center, v, length := centers[b.IntN(topics)], spread(b.Rand, 0.7, 10), 0.0
		for k := range v {
			v[k] += center[k]
			length += v[k] * v[k]
		}
		for _, x := range v {
			all = append(all, float32(x/math.Sqrt(length)))
		}
	}
	return artifacttest.Tensor{Shape: []int{n, b.d}, Numbers: all}
}

func (b *builder) network(sizes ...int) artifacttest.Tensors {
	all := artifacttest.Tensors{}
	for i := range len(sizes) - 1 {
		all["weight"+strconv.Itoa(i)], all["bias"+strconv.Itoa(i)] = b.floats(sizes[i+1], sizes[i]), b.floats(sizes[i+1])
	}
	return all
}

func linearTensors(b *builder) artifacttest.Tensors {
	return artifacttest.Tensors{"weight": b.floats(b.k, b.d), "bias": b.floats(b.k)}
}

func neighbours(n int) func(b *builder) artifacttest.Tensors {
	return func(b *builder) artifacttest.Tensors {
		return artifacttest.Tensors{"vectors": b.topics(n, 200), "targets": b.wholes(n, func(i int) int { return i * 7 % b.k })}
	}
}

func support(n int) func(b *builder) artifacttest.Tensors {
	return func(b *builder) artifacttest.Tensors {
		return artifacttest.Tensors{
			"vectors": b.topics(n, 200), "dual": b.doubles(b.k-1, n), "intercept": b.doubles(b.k * (b.k - 1) / 2),
			"support": b.wholes(b.k, func(i int) int { return n*(i+1)/b.k - n*i/b.k }),
		}
	}
}

// trees are whole ones of a depth.
func trees(many, depth int) func(b *builder) artifacttest.Tensors {
	return func(b *builder) artifacttest.Tensors {
		each := 1<<(depth+1) - 1
		inner := func(i int) bool { return i%each < 1<<depth-1 }
		child := func(side int) func(i int) int {
			return func(i int) int {
				if !inner(i) {
					return -1
				}
				return i - i%each + 2*(i%each) + side
			}
		}
		return artifacttest.Tensors{
			"roots": b.wholes(many, func(i int) int { return i * each }), "left": b.wholes(many*each, child(1)), "right": b.wholes(many*each, child(2)),
			"feature": b.wholes(many*each, func(i int) int {
				if !inner(i) {
					return -1
				}
				return b.IntN(b.d)
			}),
			"threshold": b.doubles(many * each), "value": b.doubles(many*each, b.k),
		}
	}
}

const longformer = "allenai/longformer-base-4096"

// Shapes are those of LLMRouter's own data (9 models, 768 numbers, 1,200 training queries in the reference artifacts and 5,608 in all),
// and of the others as their authors made them.
var Shapes = []Shape{
	{Name: "9 ratings", Strategy: "llmrouter-elo", kind: "constant", labels: 9,
		tensors: func(b *builder) artifacttest.Tensors {
			return artifacttest.Tensors{"scores": b.doubles(b.k)}
		}},
	{Name: "9 × 768", Strategy: "llmrouter-mf", kind: "linear", labels: 9, size: 768, encoder: longformer, more: map[string]any{"input": "as_is"}, tensors: linearTensors},
	{Name: "9 × 768, clipped", Strategy: "llmrouter-graph", kind: "linear", labels: 9, size: 768, encoder: longformer, more: map[string]any{"input": "clip"}, tensors: linearTensors},
	{Name: "1 × 1536", Strategy: "routellm", kind: "threshold", labels: 2, size: 1536, encoder: "text-embedding-3-small", more: map[string]any{"output": "logistic", "threshold": 0.5},
		tensors: func(b *builder) artifacttest.Tensors {
			return artifacttest.Tensors{"weight": b.floats(1, b.d), "bias": b.floats(1)}
		}},
	{Name: "2 × 384", Strategy: "llmrouter-nadirclaw-centroid", kind: "centroid", labels: 2, size: 384, encoder: "all-MiniLM-L6-v2", more: map[string]any{"margin": 0.06},
		tensors: func(b *builder) artifacttest.Tensors {
			return artifacttest.Tensors{"centers": b.topics(2, 2)}
		}},
	{Name: "60 clusters × 768", Strategy: "llmrouter-clusters", kind: "kmeans", labels: 9, size: 768, encoder: longformer, more: map[string]any{"nearest": 1, "input": "unit"},
		tensors: func(b *builder) artifacttest.Tensors {
			return artifacttest.Tensors{"centers": b.topics(60, 60), "scores": b.floats(60, b.k)}
		}},
	{Name: "768-64, 10 users", Strategy: "llmrouter-personalized", kind: "user", labels: 9, size: 768, encoder: longformer, more: map[string]any{"users": 10},
		tensors: func(b *builder) artifacttest.Tensors {
			return artifacttest.Tensors{"query_weight": b.floats(64, b.d), "query_bias": b.floats(64), "table": b.floats(10, b.k, 64), "bias": b.floats(10, b.k)}
		}},
	{Name: "100 trees of depth 10", Strategy: "llmrouter-random-forest", kind: "forest", labels: 9, size: 768, encoder: longformer, more: map[string]any{"classes": 9, "first": 0}, tensors: trees(100, 10)},
	{Name: "768-128-64-9", Strategy: "llmrouter-mlp", kind: "mlp", labels: 9, size: 768, encoder: longformer, more: map[string]any{"activation": "relu"},
		tensors: func(b *builder) artifacttest.Tensors { return b.network(768, 128, 64, 9) }},
	{Name: "768-128-64-1", Strategy: "llmrouter-hybrid", kind: "threshold", labels: 2, size: 768, encoder: longformer, more: map[string]any{"activation": "relu", "output": "clip", "threshold": 0.5},
		tensors: func(b *builder) artifacttest.Tensors { return b.network(768, 128, 64, 1) }},
	{Name: "1,200 × 768", Strategy: "llmrouter-knn", Heavy: true, kind: "knn", labels: 9, size: 768, encoder: longformer, more: map[string]any{"k": 5, "weights": "uniform", "metric": "euclidean"}, tensors: neighbours(1200)},
	{Name: "5,608 × 768", Strategy: "llmrouter-knn", Heavy: true, kind: "knn", labels: 9, size: 768, encoder: longformer, more: map[string]any{"k": 5, "weights": "uniform", "metric": "euclidean"}, tensors: neighbours(5608)},
	{Name: "1,200 × 768", Strategy: "llmrouter-svm", Heavy: true, kind: "svm", labels: 9, size: 768, encoder: longformer, more: map[string]any{"kernel": "rbf", "gamma": 1}, tensors: support(1200)},
	{Name: "5,464 × 768", Strategy: "llmrouter-svm", Heavy: true, kind: "svm", labels: 9, size: 768, encoder: longformer, more: map[string]any{"kernel": "rbf", "gamma": 1}, tensors: support(5464)},
	{Name: "n-grams, 9 × 8192", Strategy: "llmrouter-utility", Words: true, kind: "linear", labels: 9, size: 8192, encoder: ngram.ID, quality: true, more: map[string]any{"input": "as_is"}, tensors: linearTensors},
}

// Labels are how many models it chooses between.
func (s *Shape) Labels() int { return s.labels }

// artifact makes it, and a query's vector where an encoder would make one.
func (s *Shape) artifact() (a abi.Artifact, query []float32) {
	b := &builder{rand.New(rand.NewPCG(7, 7)), s.labels, s.size}
	tensors := s.tensors(b).Bytes()
	members := map[string]any{"kind": s.kind, "labels": labelsOf(s), "quality": s.quality}
	if s.more != nil {
		members["parameters"] = s.more
	}
	if s.size > 0 {
		members["encoder"] = map[string]any{"id": s.encoder, "dimension": s.size}
		members["query_view"] = view.LastUser
		if !s.Words {
			query = b.topics(1, 200).Numbers.([]float32)
		}
	}
	return artifacttest.Document("model", artifacttest.Write(members, tensors), tensors), query
}

func labelsOf(s *Shape) []string {
	if s.kind == "centroid" {
		return []string{"simple", "complex"}
	}
	labels := make([]string, s.labels)
	for i := range labels {
		labels[i] = "label-" + strconv.Itoa(i)
	}
	return labels
}
