package breaker

import (
	"encoding/binary"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
)

// failure is one that a closed breaker remembers.
type failure struct {
	atMS  int64
	class abi.Class
}

// count adds a failure to the window of a closed breaker and tells whether that trips it.
func (b Board) count(id string, p abi.BreakerPolicy, a *Attempt) bool {
	tripped, _ := store.Update(b.Store, abi.KeyFailures+id, func(old []byte) ([]byte, bool, bool) {
		recent := append(within(parseFailures(old), p, a.NowMS), failure{a.NowMS, a.Class})
		if len(recent) > abi.MaxFailureThreshold {
			recent = recent[len(recent)-abi.MaxFailureThreshold:]
		}
		return appendFailures(nil, recent), trips(recent, p, a.Class), true
	})
	return tripped || rateTrips(p, a)
}

// within returns the failures that still count.
func within(failures []failure, p abi.BreakerPolicy, nowMS int64) []failure {
	recent := failures[:0]
	for _, f := range failures {
		if nowMS-f.atMS < int64(p.WindowMS) {
			recent = append(recent, f)
		}
	}
	return recent
}

// trips tells whether the failures reach the threshold that the last one counts for.
func trips(recent []failure, p abi.BreakerPolicy, last abi.Class) bool {
	own := abi.CountOf(p.ThresholdByClass, last, 0)
	n := 0
	for _, f := range recent {
		if own > 0 && f.class == last || own == 0 && abi.CountOf(p.ThresholdByClass, f.class, 0) == 0 {
			n++
		}
	}
	if own > 0 {
		return n >= own
	}
	return n >= p.FailureThreshold
}

// rateTrips tells whether too large a part of the recent attempts failed. The counts include the attempt itself.
func rateTrips(p abi.BreakerPolicy, a *Attempt) bool {
	return p.FailurePercent > 0 && a.Recent >= p.MinRequests && a.RecentFailed*100 >= p.FailurePercent*a.Recent
}

func parseFailures(b []byte) []failure {
	r := reader{b: b}
	n := r.uint()
	var failures []failure
	for i := uint64(0); i < n && !r.bad; i++ {
		f := failure{atMS: r.int(), class: r.class()}
		if !r.bad {
			failures = append(failures, f)
		}
	}
	return failures
}

func appendFailures(dst []byte, failures []failure) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(failures)))
	for _, f := range failures {
		dst = appendClass(binary.AppendVarint(dst, f.atMS), f.class)
	}
	return dst
}
