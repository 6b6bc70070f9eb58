package scorer

import "math"

const (
	// sample is how many of the rows axes are found from, and rounds how often they are turned: more cost more than they bring.
	sample, rounds = 512, 2
	// independent is how much of a direction those before must leave of it.
	independent = 1e-6
)

// mean is that of the rows.
func mean(r *rows) []float64 {
	sum, row := make([]float64, r.dimension), make([]float64, r.dimension)
	for i := range r.count {
		r.write(i, row)
		for j, x := range row {
			sum[j] += x
		}
	}
	for j := range sum {
		sum[j] /= float64(r.count)
	}
	return sum
}

// principal returns orthonormal axes [n, dimension], n at most maxAxes, along which the rows differ most from a center, most
// first. It looks at a sample, and turns a few of its rows towards the principal axes by orthogonal iteration (Golub and Van
// Loan, Matrix Computations, 8.2.4). They come near them: for a bound that is enough.
func principal(r *rows, center []float64) []float64 {
	d, n := r.dimension, min(sample, r.count)
	row := make([]float64, d)
	write := func(i, of int) {
		r.write(i*r.count/of, row)
		for j, c := range center {
			row[j] -= c
		}
	}
	axes := make([]float64, maxAxes*d)
	for i := range maxAxes {
		write(i, maxAxes)
		copy(axes[i*d:], row)
	}
	axes = orthonormal(axes, d)
	for range rounds {
		turned := make([]float64, len(axes))
		for i := range n {
			write(i, n)
			for at := 0; at < len(axes); at += d {
				along := dot(axes[at:at+d], row)
				for j, x := range row {
					turned[at+j] += float64(along * x)
				}
			}
		}
		axes = orthonormal(turned, d)
	}
	return axes
}

// orthonormal makes directions [n, d] so, in place, and leaves out those that depend on the ones before (modified Gram and
// Schmidt, twice: once leaves too much where they are nearly dependent).
func orthonormal(directions []float64, d int) []float64 {
	kept := directions[:0]
	for at := 0; at < len(directions); at += d {
		v := directions[at : at+d]
		before := math.Sqrt(dot(v, v))
		for range 2 {
			for k := 0; k < len(kept); k += d {
				axis := kept[k : k+d]
				along := dot(axis, v)
				for j, x := range axis {
					v[j] -= float64(along * x)
				}
			}
		}
		length := math.Sqrt(dot(v, v))
		if !(length > independent*before) {
			continue
		}
		for j := range v {
			v[j] /= length
		}
		kept = append(kept, v...) // to where it stands, or before
	}
	return kept
}
