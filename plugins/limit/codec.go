package limit

import (
	"encoding/binary"
	"math"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/worker"
)

// parse reads what append wrote. Bytes that cannot be read are taken as empty: the worst that follows is a minute in which more
// is let through.
func parse(b []byte) State {
	var s State
	bad := false
	next := func() int64 {
		v, n := binary.Varint(b)
		if n <= 0 {
			bad, b = true, nil
			return 0
		}
		b = b[n:]
		return v
	}
	if len(b) == 0 {
		return s
	}
	s.BeganMS, s.Attempts, s.Tokens = next(), int(next()), int(next())
	for len(b) > 0 {
		s.InFlight = append(s.InFlight, Flight{worker.ID{Number: uint32(next()), Life: uint32(next())}, int(next())})
	}
	if bad {
		return State{}
	}
	return s
}

func (s *State) append(dst []byte) []byte {
	dst = binary.AppendVarint(dst, s.BeganMS)
	dst = binary.AppendVarint(dst, int64(s.Attempts))
	dst = binary.AppendVarint(dst, int64(s.Tokens))
	for _, f := range s.InFlight {
		dst = binary.AppendVarint(dst, int64(f.Worker.Number))
		dst = binary.AppendVarint(dst, int64(f.Worker.Life))
		dst = binary.AppendVarint(dst, int64(f.Count))
	}
	return dst
}

// Spent returns the state of a deployment that has no room left for a reason, so that a decision can be made again; nil for
// a reason that is none of a limit.
func Spent(why abi.Reason, nowMS int64) []byte {
	s := State{BeganMS: nowMS}
	switch why {
	case abi.ReasonRPM:
		s.Attempts = math.MaxInt32
	case abi.ReasonTPM:
		s.Tokens = math.MaxInt32
	case abi.ReasonParallel:
		s.InFlight = []Flight{{Worker: worker.ID{Number: math.MaxInt32}, Count: math.MaxInt32}}
	default:
		return nil
	}
	return s.append(nil)
}
