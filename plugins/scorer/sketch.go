package scorer

import "math"

// sketches bound the distance of a query to each of many vectors from below, with a fraction of the numbers. Along some orthonormal
// directions the two are compared as they are; of what is left of each only the length is known, and two things of lengths a and b
// are at least |a−b| apart. As directions do well along which the vectors differ most, those are looked for in a sample by a few
// rounds of subspace iteration (Halko, Martinsson and Tropp 2011). Whatever they are, the bound holds, but for rounding, for which
// it is lowered.
type sketches struct {
	axes  []float32 // directions by numbers of a vector
	along []float32 // vectors by directions
	rest  []float32 // by vector: the length of what is left
	size  int       // numbers of a vector
	unit  bool      // they are of the vectors scaled to length 1, and so the bounds: of metric cosine

	query []float32 // scratch
}

const (
	directions = 32
	sample     = 256 // vectors that directions are looked for in
	rounds     = 1
	fewest     = 512 // vectors for which it is worth it
	// slack is by how much a bound is lowered, beside the squares of the lengths: numbers in single precision are off by 6e-8 each.
	slack = 1e-5
)

// sketch makes those of vectors with d numbers each; lengths are theirs where they are to be scaled.
func sketch(vectors []float32, d int, lengths []float64) *sketches {
	n := len(vectors) / d
	s := &sketches{
		axes: axes(vectors, d), along: make([]float32, n*directions), rest: make([]float32, n), size: d, unit: lengths != nil,
		query: make([]float32, directions),
	}
	for i := range n {
		scale := 1.0
		if s.unit && lengths[i] > 0 {
			scale = 1 / lengths[i]
		}
		s.rest[i] = s.project(vectors[i*d:(i+1)*d], scale, s.along[i*directions:(i+1)*directions])
	}
	return s
}

// project writes a vector's part along each direction, and returns the length of what is left.
func (s *sketches) project(v []float32, scale float64, along []float32) float32 {
	left := float64(dot(v, v) * scale * scale)
	for a := range along {
		x := dot(v, s.axes[a*s.size:(a+1)*s.size]) * scale
		along[a] = float32(x)
		left -= float64(x * x)
	}
	return float32(math.Sqrt(max(left, 0)))
}

// bound writes for each vector what the distance is at least, as knn.apart measures it.
func (s *sketches) bound(v []float32, length float64, bounds []float64) {
	scale := 1.0
	if s.unit && length > 0 {
		scale = 1 / length
	}
	rest := s.project(v, scale, s.query)
	norm := dot(v, v) * scale * scale
	for i := range bounds {
		one := s.along[i*directions : (i+1)*directions]
		away := apart(s.query, one)
		left := float64(rest) - float64(s.rest[i])
		away += float64(left * left)
		bounds[i] = away - slack*(norm+away)
		if s.unit {
			bounds[i] /= 2 // of vectors of length 1, 1 − cosine is half the square of the distance
		}
	}
}

// axes finds the directions, each of length 1 and square to the others.
func axes(vectors []float32, d int) []float32 {
	n := len(vectors) / d
	step := max(n/sample, 1)
	all := make([]float64, directions*d)
	// Begin with differences of vectors: they lie in the space that is looked for.
	for a := range directions {
		x, y := vectors[(a*step*2%n)*d:], vectors[((a*step*2+step)%n)*d:]
		for i := range d {
			all[a*d+i] = float64(x[i]) - float64(y[i])
		}
	}
	orthonormal(all, d)
	next := make([]float64, directions*d)
	for range rounds {
		clear(next)
		for i := 0; i < n; i += step {
			v := vectors[i*d : (i+1)*d]
			for a := range directions {
				axis, sum := all[a*d:(a+1)*d], 0.0
				for k, x := range v {
					sum += float64(float64(x) * axis[k])
				}
				to := next[a*d : (a+1)*d]
				for k, x := range v {
					to[k] += float64(sum * float64(x))
				}
			}
		}
		all, next = next, all
		orthonormal(all, d)
	}
	out := make([]float32, len(all))
	for i, x := range all {
		out[i] = float32(x)
	}
	return out
}

// orthonormal makes rows of length 1 that are square to those before, or zeros where nothing is left of them. It goes over them twice:
// once leaves what rounding adds.
func orthonormal(rows []float64, d int) {
	for a := 0; a*d < len(rows); a++ {
		row := rows[a*d : (a+1)*d]
		before := inner(row, row)
		for range 2 {
			for b := range a {
				other := rows[b*d : (b+1)*d]
				f := inner(row, other)
				for i, x := range other {
					row[i] -= float64(f * x)
				}
			}
		}
		left := inner(row, row)
		if !(left > before*1e-12) || math.IsInf(left, 0) {
			clear(row)
			continue
		}
		length := math.Sqrt(left)
		for i := range row {
			row[i] /= length
		}
	}
}

func inner(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}
