package scorer

import "strconv"

var _ = register("mlp", kind{vector: true, build: newMLP})

// mlp scores each label by a network of layers, one after the other, with an activation between them.
type mlp struct{ network }

func newMLP(p *parts) Scorer { return &mlp{p.network(p.labels)} }

// Score implements Scorer.
func (s *mlp) Score(q *Query, out []float64) { s.run(q, out) }

// network is layers.
type network struct {
	input
	layers     []layer
	activation func(float64) float64
	hidden     [][]float64 // what comes out of each layer but the last
}

// activations are what is done to numbers between two layers.
var activations = map[string]func(float64) float64{
	"relu":     func(x float64) float64 { return max(x, 0) },
	"tanh":     tanh,
	"logistic": logistic,
	"identity": func(x float64) float64 { return x },
}

// maxLayers bounds a network.
const maxLayers = 64

// network takes the layers weight0 and bias0, weight1 ..., of which the last has so many rows.
func (p *parts) network(rows int) network {
	n := network{input: newInput(asIs, p.dimension)}
	n.activation = activations[p.word("activation", "relu", "tanh", "logistic", "identity")]
	in := p.dimension
	for i := 0; i < maxLayers; i++ {
		number := strconv.Itoa(i)
		last := !p.has("weight" + strconv.Itoa(i+1))
		out := some
		if last {
			out = rows
		}
		weight := p.f32("weight"+number, out, in)
		if p.failed() {
			return n
		}
		out = len(weight) / in
		n.layers = append(n.layers, layer{weight, p.f32("bias"+number, out)})
		if last {
			break
		}
		n.hidden = append(n.hidden, make([]float64, out))
		in = out
	}
	return n
}

// run writes what comes out of the last layer.
func (n *network) run(q *Query, out []float64) {
	v := n.of(q)
	for i := range n.hidden {
		h := n.hidden[i]
		n.layers[i].apply(v, h)
		for j, x := range h {
			h[j] = bounded(n.activation(x))
		}
		v = h
	}
	n.layers[len(n.layers)-1].apply(v, out)
}

// bounded keeps a number where no sum of products with float32s can overflow, and so none can be NaN.
func bounded(x float64) float64 { return min(max(x, -1e200), 1e200) }
