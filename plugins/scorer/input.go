package scorer

import "math"

// input is what is done to a query's vector before it is used.
type input struct {
	how    string
	vector []float64
}

// inputs are the words for it.
const (
	asIs = "as_is"
	clip = "clip" // each number to 0..1
	unit = "unit" // to length 1; a vector that is 0 stays so
)

func newInput(how string, dimension int) input { return input{how, make([]float64, dimension)} }

// of is a query's vector; it lasts until the next call.
func (in *input) of(q *Query) []float64 {
	v := in.vector
	widen(v, q.Vector)
	switch in.how {
	case clip:
		for i, x := range v {
			// This is max(x, 0), to the bit for numbers that are finite, without a branch that is as often wrong as right: max itself
			// took Envoy's V8 as long as a weighing of all nine labels.
			x = (x + math.Abs(x)) / 2
			if x > 1 {
				x = 1
			}
			v[i] = x
		}
	case unit:
		if scale := scaleOf(v); scale > 0 {
			for i := range v {
				v[i] *= scale
			}
		}
	}
	return v
}
