package scorer

// layer is one affine map, weight·v + bias: a row of the weight for each number that comes out.
type layer struct {
	weight []float32 // [out, in]
	bias   []float32 // [out]
}

// layer takes the two tensors of a layer.
func (p *parts) layer(weight, bias string, out, in int) layer {
	return layer{p.f32(weight, out, in), p.f32(bias, out)}
}

// apply writes what comes out of v.
func (l *layer) apply(v, out []float64) {
	n := len(v)
	for i := range out {
		out[i] = dot(l.weight[i*n:(i+1)*n], v) + float64(l.bias[i])
	}
}
