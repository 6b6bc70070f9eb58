package scorer

import "math"

// rows are vectors that a query's is compared with.
type rows struct {
	numbers   []float32 // [count, dimension]
	count     int
	dimension int
	// scale makes each row's length 1; 0: the row is 0, and has none. nil: rows are as they are.
	scale []float64
	whole []float64 // room for a row of length 1
}

// sameDirection is what rounding makes of the distance of two rows in the same direction; float32s in another are farther.
const sameDirection = 1e-30

func newRows(numbers []float32, dimension int, unit bool) *rows {
	r := &rows{numbers: numbers, count: len(numbers) / dimension, dimension: dimension}
	if unit {
		r.whole = make([]float64, dimension)
		r.scale = make([]float64, r.count)
		for i := range r.scale {
			widen(r.whole, r.row(i))
			r.scale[i] = scaleOf(r.whole)
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
	r.write(i, r.whole)
	square := apart(r.whole, v, limit)
	if square < sameDirection {
		return 0
	}
	return square
}

// search offers all rows.
func (r *rows) search(v []float64, near *nearest) {
	for i := range r.count {
		near.offer(i, r.apart(i, v, near.limit()))
	}
}
