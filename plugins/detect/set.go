package detect

import "math/bits"

// set is a set of positions; there may be 128, which a test watches over.
type set struct{ low, high uint64 }

func position(n int) set {
	if n < 64 {
		return set{low: 1 << n}
	}
	return set{high: 1 << (n - 64)}
}

func (s set) or(t set) set  { return set{s.low | t.low, s.high | t.high} }
func (s set) and(t set) set { return set{s.low & t.low, s.high & t.high} }

// next moves every position one on.
func (s set) next() set { return set{s.low << 1, s.high<<1 | s.low>>63} }

func (s set) lowest() int {
	if s.low != 0 {
		return bits.TrailingZeros64(s.low)
	}
	return 64 + bits.TrailingZeros64(s.high)
}
