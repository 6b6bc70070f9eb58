package scorer

import "math"

// rows are vectors that a query's is compared with.
type rows struct {
	numbers   []float32 // [count, dimension]
	count     int
	dimension int
	// scale makes each row's length 1; 0: the row is 0, and has none. nil: rows are as they are.
	scale []float64
}

// sameDirection is what rounding makes of the distance of two rows in the same direction; float32s in another are farther.
const sameDirection = 1e-30

func newRows(numbers []float32, dimension int, unit bool) *rows {
	r := &rows{numbers: numbers, count: len(numbers) / dimension, dimension: dimension}
	if unit {
		r.scale = make([]float64, r.count)
		row := make([]float64, dimension)
		for i := range r.scale {
			widen(row, r.row(i))
			r.scale[i] = scaleOf(row)
		}
	}
	return r
}

// scaleOf is what makes a vector's length 1; 0 where that is 0.
func scaleOf(v []float64) float64 {
	if length := math.Sqrt(dot(v, v)); length > 0 {
		return 1 / length
	}
	return 0
}

func (r *rows) row(i int) []float32 { return r.numbers[i*r.dimension : (i+1)*r.dimension] }

// write writes row i as it is compared.
func (r *rows) write(i int, dst []float64) {
	widen(dst, r.row(i))
	if r.scale != nil {
		for j := range dst {
			dst[j] *= r.scale[i]
		}
	}
}

// apart is the square of the distance of row i to v, or, once that is known to be above the limit, any number above it. Between rows
// of length 1 it is twice 1 - cosine; a row that has no length is as far as one at a right angle.
func (r *rows) apart(i int, v []float64, limit float64) float64 {
	if r.scale == nil {
		return apart(r.row(i), v, limit)
	}
	if r.scale[i] == 0 {
		return 2
	}
	if square := scaledApart(r.row(i), r.scale[i], v, limit); square >= sameDirection {
		return square
	}
	return 0
}

// scaledApart is apart of a row whose numbers are multiplied first, with another order of sums: four of every fourth square each, then
// (0+1)+(2+3), then what is left of the last four.
func scaledApart(row []float32, scale float64, v []float64, limit float64) float64 {
	var s0, s1, s2, s3 float64
	for len(row) >= 4 && len(v) >= 4 {
		for range min(len(row), len(v), 64) / 4 {
			r, w := (*[4]float32)(row), (*[4]float64)(v)
			d0, d1 := float64(float64(r[0])*scale)-w[0], float64(float64(r[1])*scale)-w[1]
			d2, d3 := float64(float64(r[2])*scale)-w[2], float64(float64(r[3])*scale)-w[3]
			s0 += float64(d0 * d0)
			s1 += float64(d1 * d1)
			s2 += float64(d2 * d2)
			s3 += float64(d3 * d3)
			row, v = row[4:], v[4:]
		}
		if sum := (s0 + s1) + (s2 + s3); sum > limit {
			return sum
		}
	}
	sum := (s0 + s1) + (s2 + s3)
	for i, x := range row {
		d := float64(float64(x)*scale) - v[i]
		sum += float64(d * d)
	}
	return sum
}

// search offers all rows.
func (r *rows) search(v []float64, near *nearest) {
	for i := range r.count {
		near.offer(i, r.apart(i, v, near.limit()))
	}
}
