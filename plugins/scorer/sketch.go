package scorer

import "math"

// sketch finds the nearest rows without reading most of them, and finds exactly those that a look at all would.
//
// Of each row it keeps the coordinates along a few orthonormal axes, and the length of what they leave. The distance of two vectors
// is at least that of their coordinates and of those lengths, taken together (Pythagoras, and the triangle's inequality for what is
// left). A row for which this is more than the distance of the k nearest so far cannot be among them; only the others are read.
// The axes are those along which the rows differ most, so that a few of them tell most rows apart. Whatever they are the bound holds:
// axes can make a search slow, but not wrong.
type sketch struct {
	rows   *rows
	center []float64 // the mean of the rows, from which coordinates are counted
	axes   []float64 // [axes, dimension], orthonormal
	levels []level
	radius float64 // the greatest distance of a row from the center
	// Room for a search.
	offset []float64 // the query's vector, from the center
	along  []float64 // its coordinates
	leaves []float64 // at each level, the length of what all axes so far leave of it
	sums   []float64 // of each row, the square of the distance of the coordinates of the first level; infinite: it was read
	first  nearest   // by these
}

// level is some of the axes.
type level struct {
	from, to int
	rows     []float32 // [rows, to-from+1]: coordinates, and the length of what all axes so far leave
}

const (
	// maxAxes is enough for embeddings: twice as many make a search no faster, and take twice the memory and the time to load.
	maxAxes = 32
	// where less than these there is, a look at all is as fast.
	minRows, minDimension = 512, 4 * maxAxes
	// slack is how wrong a distance of coordinates and lengths may be, as a part of how long the two vectors are. In float32 each number
	// is wrong by 2^-24 of it. And a length is what a difference of squares leaves, so it is wrong by the root of what they are: a sum
	// over 65,536 numbers, in four parts, by at most 2^14 roundings of 2^-53, the squares of 32 coordinates by 16 times that; the
	// root of it is 2^-17.5.
	slack = 0x1p-16
	// Rows that are not between these have squares or coordinates that float32 cannot tell.
	minRadius, maxRadius = 1e-15, 1e15
)

// ends are where levels end.
var ends = [...]int{16, maxAxes}

// newSketch returns nil where it would not pay, or could not be relied on.
func newSketch(r *rows, k int) *sketch {
	if r.count < minRows || r.dimension < minDimension || k > r.count/8 {
		return nil
	}
	s := &sketch{rows: r, center: mean(r), offset: make([]float64, r.dimension)}
	s.axes = principal(r, s.center)
	n := len(s.axes) / r.dimension
	s.along, s.sums, s.first = make([]float64, n), make([]float64, r.count), newNearest(k)
	for from, i := 0, 0; from < n; i++ {
		to := min(ends[i], n)
		s.levels = append(s.levels, level{from, to, make([]float32, r.count*(to-from+1))})
		from = to
	}
	s.leaves = make([]float64, len(s.levels))
	for i := range r.count {
		r.write(i, s.offset)
		s.radius = max(s.radius, s.project())
		for n, l := range s.levels {
			row := l.row(i)
			for j, x := range s.along[l.from:l.to] {
				row[j] = float32(x)
			}
			row[len(row)-1] = float32(s.leaves[n])
		}
	}
	if len(s.levels) == 0 || !(s.radius > minRadius && s.radius < maxRadius) {
		return nil
	}
	return s
}

// row is what there is of row i: coordinates, and the length.
func (l *level) row(i int) []float32 {
	width := l.to - l.from + 1
	return l.rows[i*width : (i+1)*width]
}

// project makes of a vector its offset from the center, works out the coordinates and what they leave, and returns the length.
func (s *sketch) project() float64 {
	d := len(s.offset)
	for j, c := range s.center {
		s.offset[j] -= c
	}
	for i := range s.along {
		s.along[i] = dot(s.axes[i*d:(i+1)*d], s.offset)
	}
	square := dot(s.offset, s.offset)
	left := square
	for n, l := range s.levels {
		a := s.along[l.from:l.to]
		left = max(left-dot(a, a), 0)
		s.leaves[n] = math.Sqrt(left)
	}
	return math.Sqrt(square)
}

// search offers the nearest rows.
func (s *sketch) search(v []float64, near *nearest) {
	copy(s.offset, v)
	wrong := slack * (s.project() + s.radius)
	// The first level tells which rows to begin with: the nearer these are, the fewer of the others need be read.
	s.first.count = 0
	for i := range s.sums {
		coordinates, rest := s.split(0, i)
		s.sums[i] = coordinates + rest
		s.first.offer(i, s.sums[i])
	}
	for _, i := range s.first.place {
		near.offer(int(i), s.rows.apart(int(i), v, near.limit()))
		s.sums[i] = math.Inf(1)
	}
	cut := beyond(near.limit(), wrong)
	for i, bound := range s.sums {
		if bound > cut || !s.nearer(i, cut) {
			continue
		}
		near.offer(i, s.rows.apart(i, v, near.limit()))
		cut = beyond(near.limit(), wrong)
	}
}

// beyond is the bound from which on a row is surely farther than a limit. The limit is a sum of squares with errors of its own.
func beyond(limit, wrong float64) float64 {
	d := math.Sqrt(limit)*(1+1e-9) + wrong
	return d * d
}

// nearer tells whether all levels let row i be as near as the cut.
func (s *sketch) nearer(i int, cut float64) bool {
	var sum float64
	for n := range s.levels {
		coordinates, rest := s.split(n, i)
		if sum += coordinates; sum+rest > cut {
			return false
		}
	}
	return true
}

// split is what a level tells of the square of the distance of row i: its coordinates' part, and that of what all axes so far leave.
func (s *sketch) split(n, i int) (coordinates, rest float64) {
	l := &s.levels[n]
	row := l.row(i)
	last := len(row) - 1
	left := float64(row[last]) - s.leaves[n]
	return apart(row[:last], s.along[l.from:l.to], math.Inf(1)), float64(left * left)
}
