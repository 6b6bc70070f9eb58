package strategy

import "github.com/routeiq/routeiq/abi"

// byShare returns one of the candidates that are among those wanted, at least one, each with the chance that its share gives it:
// what SimpleShuffle does with all of them. The chance is taken from the seed at the number of all candidates, so that the pick
// over the rest is independent of the first.
func byShare(r *abi.Request, candidates []abi.Candidate, wanted func(i int) bool) int {
	total, count := 0.0, 0
	for i := range candidates {
		if wanted(i) {
			total += candidates[i].Share
			count++
		}
	}
	point := abi.Chance(r.Seed, len(candidates)) * total
	if total == 0 {
		point = abi.Chance(r.Seed, len(candidates)) * float64(count)
	}
	last := 0
	for i := range candidates {
		share := candidates[i].Share
		if total == 0 {
			share = 1
		}
		if share == 0 || !wanted(i) {
			continue
		}
		if last = i; point < share {
			return i
		}
		point -= share
	}
	return last // rounding left the point a hair above the sum
}
