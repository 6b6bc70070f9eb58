package scorer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestSums: the order of the sums is what their comment says, for every length.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for n := range 150 {
		row, v := numbers(r, n), numbers64(r, n)
		var products, squares [4]float64
		whole := n / 8 * 8
		for i := range whole {
			d := float64(row[i]) - v[i]
			products[i%4] += float64(float64(row[i]) * v[i])
			squares[i%4] += float64(d * d)
		}
		product := (products[0] + products[1]) + (products[2] + products[3])
		square := (squares[0] + squares[1]) + (squares[2] + squares[3])
		for i := whole; i < n; i++ {
			d := float64(row[i]) - v[i]
			product += float64(float64(row[i]) * v[i])
			square += float64(d * d)
		}
		if got := dot(row, v); got != product {
			t.Errorf("dot of %d is %g, want %g", n, got, product)
		}
		if got := apart(row, v, math.Inf(1)); got != square {
			t.Errorf("apart of %d is %g, want %g", n, got, square)
		}
		if got := apart(row, v, square); got != square {
			t.Errorf("apart of %d is %g where the limit is as much, want %g", n, got, square)
		}
		if got := apart(row, v, square/3); n > 0 && got <= square/3 {
			t.Errorf("apart of %d is %g, not above the limit %g", n, got, square/3)
		}
		half := make([]float64, n)
		for i := range half {
			half[i] = v[i] / 2
		}
		if got := 4 * scaledApart(row, 0.5, half, math.Inf(1)); math.Abs(got-square) > 1e-14*square {
			t.Errorf("scaledApart of %d is %g, want %g", n, got, square)
		}
	}
}
