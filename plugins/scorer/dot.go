package scorer

// number is what a tensor's numbers are.
type number interface{ float32 | float64 }

// dot is the sum of the products of two rows of one length. Its order is part of what it is, for the sum must be the same bits on
// every engine: four sums of every fourth product each, then (0+1)+(2+3), then what is left of the last eight one by one. Each
// product is rounded before it is added: the conversions forbid to fuse the two (Go's specification, "Floating-point operators").
func dot[T number](row []T, v []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(row) >= 8 && len(v) >= 8 {
		r, w := (*[8]T)(row), (*[8]float64)(v) // one check of bounds for eight
		s0 += float64(float64(r[0]) * w[0])
		s1 += float64(float64(r[1]) * w[1])
		s2 += float64(float64(r[2]) * w[2])
		s3 += float64(float64(r[3]) * w[3])
		s0 += float64(float64(r[4]) * w[4])
		s1 += float64(float64(r[5]) * w[5])
		s2 += float64(float64(r[6]) * w[6])
		s3 += float64(float64(r[7]) * w[7])
		row, v = row[8:], v[8:]
	}
	sum := (s0 + s1) + (s2 + s3)
	for i, x := range row {
		sum += float64(float64(x) * v[i])
	}
	return sum
}

// apart is the square of the distance between two rows of one length, in the order of dot. It is 0 only where they are the same,
// which cannot be said of what is made of their lengths and their product. The sum only grows; once it is above the limit, what it
// is then is returned.
func apart[T number](row []T, v []float64, limit float64) float64 {
	var s0, s1, s2, s3 float64
	for len(row) >= 8 && len(v) >= 8 {
		for range min(len(row), len(v), 64) / 8 {
			r, w := (*[8]T)(row), (*[8]float64)(v)
			d0, d1, d2, d3 := float64(r[0])-w[0], float64(r[1])-w[1], float64(r[2])-w[2], float64(r[3])-w[3]
			s0 += float64(d0 * d0)
			s1 += float64(d1 * d1)
			s2 += float64(d2 * d2)
			s3 += float64(d3 * d3)
			d0, d1, d2, d3 = float64(r[4])-w[4], float64(r[5])-w[5], float64(r[6])-w[6], float64(r[7])-w[7]
			s0 += float64(d0 * d0)
			s1 += float64(d1 * d1)
			s2 += float64(d2 * d2)
			s3 += float64(d3 * d3)
			row, v = row[8:], v[8:]
		}
		if sum := (s0 + s1) + (s2 + s3); sum > limit {
			return sum
		}
	}
	sum := (s0 + s1) + (s2 + s3)
	for i, x := range row {
		d := float64(x) - v[i]
		sum += float64(d * d)
	}
	return sum
}

// widen writes a query's vector as float64.
func widen(dst []float64, v []float32) {
	for i := range dst {
		dst[i] = float64(v[i])
	}
}
