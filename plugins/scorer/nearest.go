package scorer

import "math"

// nearest are the k that are nearest of those it was offered, nearest first; of two that are as far the one with the lower place
// comes first, whichever was offered first. So they do not depend on the order of offers.
type nearest struct {
	distance []float64
	place    []int32
	count    int
}

func newNearest(k int) nearest { return nearest{distance: make([]float64, k), place: make([]int32, k)} }

// limit is a distance beyond which none is taken any more.
func (n *nearest) limit() float64 {
	if n.count < len(n.place) {
		return math.Inf(1)
	}
	return n.distance[n.count-1]
}

// offer takes one if it is among the nearest.
func (n *nearest) offer(place int, distance float64) {
	at := n.count
	for at > 0 && (distance < n.distance[at-1] || distance == n.distance[at-1] && int32(place) < n.place[at-1]) {
		at--
	}
	if at == len(n.place) {
		return
	}
	n.count = min(n.count+1, len(n.place))
	copy(n.distance[at+1:n.count], n.distance[at:])
	copy(n.place[at+1:n.count], n.place[at:])
	n.distance[at], n.place[at] = distance, int32(place)
}
