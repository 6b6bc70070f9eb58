package scorer

// number is what a tensor's numbers are.
type number interface{ float32 | float64 }

// dot is the sum of the products of two rows of one length. Its order is part of what it is, for the sum must be the same bits on
// every engine: four sums of every fourth product each, then (0+1)+(2+3), then what is left of the last four one by one. Each
// product is rounded before it is added: the conversions forbid to fuse the two (Go's specification, "Floating-point operators").
func dot[T number](row []T, v []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(row) >= 4 && len(v) >= 4 {
		s0 += float64(float64(row[0]) * v[0])
		s1 += float64(float64(row[1]) * v[1])
		s2 += float64(float64(row[2]) * v[2])
		s3 += float64(float64(row[3]) * v[3])
		row, v = row[4:], v[4:]
	}
	sum := (s0 + s1) + (s2 + s3)
	for i, x := range row {
		sum += float64(float64(x) * v[i])
	}
	return sum
}

// widen writes a query's vector as float64.
func widen(dst []float64, v []float32) {
	for i := range dst {
		dst[i] = float64(v[i])
	}
}

// square is the sum of the squares of the differences of two rows of one length, in the order of dot. It is 0 only where the rows
// are the same, which cannot be said of what their lengths and their product give.
func square[T number](row []T, v []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(row) >= 4 && len(v) >= 4 {
		d0, d1, d2, d3 := float64(row[0])-v[0], float64(row[1])-v[1], float64(row[2])-v[2], float64(row[3])-v[3]
		s0 += float64(d0 * d0)
		s1 += float64(d1 * d1)
		s2 += float64(d2 * d2)
		s3 += float64(d3 * d3)
		row, v = row[4:], v[4:]
	}
	sum := (s0 + s1) + (s2 + s3)
	for i, x := range row {
		d := float64(x) - v[i]
		sum += float64(d * d)
	}
	return sum
}
