// Package limit keeps deployments within the limits they state: attempts and tokens a minute, attempts in flight. The
// state of one that states a limit is one key, changed by compare-and-swap: exact over all workers of a proxy. Proxies do
// not know of one another.
package limit

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/worker"
)

// WindowMS is the minute of rpm and tpm. It begins with the first attempt in it, so that a limit never lets twice its number
// through because a minute of the clock turned in between.
const WindowMS = 60_000

// Limits are what may not be exceeded; 0: anything goes.
type Limits struct{ RPM, TPM, Parallel int }

// Of returns the limits a deployment states.
func Of(d *abi.Deployment) Limits { return Limits{d.RPM, d.TPM, d.MaxParallel} }

// Any tells whether there is a limit at all.
func (l Limits) Any() bool { return l.RPM > 0 || l.TPM > 0 || l.Parallel > 0 }

// State is what is used of a deployment's limits.
type State struct {
	BeganMS  int64 // of the minute
	Attempts int   // in the minute
	Tokens   int   // in the minute: stated by answers, estimated of those that are out
	InFlight []Flight
}

// Flight is how many attempts a worker has out.
type Flight struct {
	Worker worker.ID
	Count  int
}

// turn begins a new minute when the old one is over.
func (s *State) turn(nowMS int64) {
	if nowMS-s.BeganMS >= WindowMS || nowMS < s.BeganMS {
		s.BeganMS, s.Attempts, s.Tokens = nowMS, 0, 0
	}
}

// full tells what leaves no room for another attempt of so many tokens; "" when there is room. Attempts of workers that
// are lost do not count.
func (s *State) full(l Limits, tokens int, nowMS int64, lost func(worker.ID) bool) abi.Reason {
	if nowMS-s.BeganMS < WindowMS && nowMS >= s.BeganMS {
		switch {
		case l.RPM > 0 && s.Attempts >= l.RPM:
			return abi.ReasonRPM
		case l.TPM > 0 && s.Tokens+tokens > l.TPM:
			return abi.ReasonTPM
		}
	} else if l.TPM > 0 && tokens > l.TPM {
		return abi.ReasonTPM
	}
	if l.Parallel > 0 {
		n := 0
		for _, f := range s.InFlight {
			if !lost(f.Worker) {
				n += f.Count
			}
		}
		if n >= l.Parallel {
			return abi.ReasonParallel
		}
	}
	return ""
}

// take counts an attempt of a worker, and forgets what lost workers had out.
func (s *State) take(id worker.ID, tokens int, nowMS int64, lost func(worker.ID) bool) {
	s.turn(nowMS)
	s.Attempts++
	s.Tokens += tokens
	flights := make([]Flight, 0, len(s.InFlight)+1)
	mine := Flight{Worker: id, Count: 1}
	for _, f := range s.InFlight {
		switch {
		case f.Worker == id:
			mine.Count += f.Count
		case !lost(f.Worker):
			flights = append(flights, f)
		}
	}
	s.InFlight = append(flights, mine)
}

// give ends an attempt of a worker. more is how many tokens it took beyond its estimate; they belong to the minute it began in.
func (s *State) give(id worker.ID, more int, beganMS int64) {
	if s.BeganMS == beganMS {
		s.Tokens = max(s.Tokens+more, 0)
	}
	flights := make([]Flight, 0, len(s.InFlight))
	for _, f := range s.InFlight {
		if f.Worker == id {
			f.Count--
		}
		if f.Count > 0 {
			flights = append(flights, f)
		}
	}
	s.InFlight = flights
}
