package scorer

import "math"

// dot is the sum of products, in double precision: four sums side by side, of every fourth number each, then (0+1)+(2+3). The
// conversions keep a compiler from fusing a product with a sum, which rounds otherwise.
func dot(a, b []float32) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(float64(a[i]) * float64(b[i]))
		s1 += float64(float64(a[i+1]) * float64(b[i+1]))
		s2 += float64(float64(a[i+2]) * float64(b[i+2]))
		s3 += float64(float64(a[i+3]) * float64(b[i+3]))
	}
	for ; i < len(a); i++ {
		s0 += float64(float64(a[i]) * float64(b[i]))
	}
	return (s0 + s1) + (s2 + s3)
}

// apart is the square of the distance of two vectors, summed as by dot. That of equal ones is 0.
func apart(a, b []float32) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		d0, d1 := float64(a[i])-float64(b[i]), float64(a[i+1])-float64(b[i+1])
		d2, d3 := float64(a[i+2])-float64(b[i+2]), float64(a[i+3])-float64(b[i+3])
		s0 += float64(d0 * d0)
		s1 += float64(d1 * d1)
		s2 += float64(d2 * d2)
		s3 += float64(d3 * d3)
	}
	for ; i < len(a); i++ {
		d := float64(a[i]) - float64(b[i])
		s0 += float64(d * d)
	}
	return (s0 + s1) + (s2 + s3)
}

// unit writes a vector of length 1 into scratch, and returns it with the length it had. One of zeros stays.
func unit(scratch, v []float32) ([]float32, float64) {
	length := math.Sqrt(dot(v, v))
	scratch = append(scratch[:0], v...)
	if length > 0 {
		for i := range scratch {
			scratch[i] = float32(float64(scratch[i]) / length)
		}
	}
	return scratch, length
}

// affine writes weight · v + bias; weight has a row for each output.
func affine(out []float64, weight, bias, v []float32) {
	d := len(v)
	for i := range out {
		out[i] = dot(v, weight[i*d:(i+1)*d]) + float64(bias[i])
	}
}

// logistic is 1 / (1 + e^-x).
func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
