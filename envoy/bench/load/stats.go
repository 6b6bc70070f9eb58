package load

import (
	"slices"
	"time"
)

// Percentile returns the smallest value that p percent of all do not exceed, 0 for none. It sorts all.
func Percentile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	i := int(float64(len(all))*p/100+0.999999) - 1
	return all[min(max(i, 0), len(all)-1)]
}
