package scorer

import (
	"math"
	"strconv"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// layers is a network of fully connected layers with an activation between them.
type layers struct {
	all        []layer
	activation string
	hidden     []float32 // scratch: what the layer before put out
}

type layer struct {
	weight, bias []float32
	out          []float64 // scratch
}

// maxLayers bounds a network.
const maxLayers = 16

// takeLayers takes weight0, bias0, weight1 and so on; the last has outputs rows.
func takeLayers(m *artifact.Model, outputs int) *layers {
	n := &layers{activation: m.Word("activation", "relu", "tanh", "logistic", "identity")}
	for in, i := m.Encoded(), 0; i == 0 || m.Has("weight"+strconv.Itoa(i)); i++ {
		name := strconv.Itoa(i)
		if i == maxLayers {
			m.Refuse("weight"+name, "is one layer too many, expected "+strconv.Itoa(maxLayers)+" at most")
			break
		}
		rows := m.Rows("weight" + name)
		if !m.Has("weight" + strconv.Itoa(i+1)) {
			rows = outputs
		}
		n.all = append(n.all, layer{m.Floats("weight"+name, rows, in), m.Floats("bias"+name, rows), make([]float64, rows)})
		in = rows
	}
	return n
}

// run returns the last layer's outputs, in scratch.
func (n *layers) run(v []float32) []float64 {
	for i := range n.all {
		l := &n.all[i]
		affine(l.out, l.weight, l.bias, v)
		if i == len(n.all)-1 {
			return l.out
		}
		n.hidden = n.hidden[:0]
		for _, x := range l.out {
			n.hidden = append(n.hidden, float32(activate(n.activation, x)))
		}
		v = n.hidden
	}
	return nil
}

func activate(how string, x float64) float64 {
	switch how {
	case "relu":
		return max(x, 0)
	case "tanh":
		return math.Tanh(x)
	case "logistic":
		return logistic(x)
	}
	return x
}

// mlp is a network with an output for each label.
type mlp struct{ *layers }

var _ = register("mlp", func(m *artifact.Model) Scorer { return mlp{takeLayers(m, len(m.Labels))} })

// Score implements Scorer.
func (s mlp) Score(q *Query, scores []float64) { copy(scores, s.run(q.Vector)) }
