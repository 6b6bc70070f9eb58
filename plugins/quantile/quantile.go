// Package quantile estimates quantiles of a stream of numbers in little memory: those of the last few thousand, as the older ones
// count less and less.
package quantile

import "math"

const (
	bins   = 1024
	window = 4096 // numbers: when so many have come, all that were counted count half
)

// Sketch counts numbers between two bounds in bins of equal width; what is beyond counts in the outermost. A quantile is right to
// the width of a bin, a thousandth of the distance between the bounds. It is not for concurrent use.
type Sketch struct {
	low, width float64
	counts     [bins]float64
	total      float64
	fresh      int // numbers since they were halved
}

// New returns a sketch of numbers from low to high.
func New(low, high float64) *Sketch {
	return &Sketch{low: low, width: max(high-low, 1e-9) / bins}
}

// Add counts a number; what is none is not counted.
func (s *Sketch) Add(v float64) {
	if math.IsNaN(v) {
		return
	}
	s.counts[int(min(max((v-s.low)/s.width, 0), bins-1))]++
	s.total++
	if s.fresh++; s.fresh == window {
		s.fresh = 0
		for i := range s.counts {
			s.counts[i] /= 2
		}
		s.total /= 2
	}
}

// Count is how many numbers are counted, the older ones as parts.
func (s *Sketch) Count() float64 { return s.total }

// Quantile returns the number below which a part of them lies, 0 to 1: the lower edge of the bin in which that is reached.
func (s *Sketch) Quantile(part float64) float64 {
	want, sum := part*s.total, 0.0
	for i, c := range s.counts {
		if sum += c; sum > want {
			return s.low + float64(i)*s.width
		}
	}
	return s.low + bins*s.width
}
