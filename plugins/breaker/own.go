package breaker

import "github.com/routeiq/routeiq/abi"

// Own guards a server that the module itself calls, by the standing policy: one that fails is left alone for a while.
type Own struct {
	Board Board
	Name  string // no deployment's id
}

// OwnCall is a call that was let through.
type OwnCall struct {
	beganMS int64
	probe   bool
}

// Admit tells whether a call may be made now. One that is must be ended by Done or Abandon.
func (o Own) Admit(nowMS int64) (call OwnCall, ok bool) {
	call.beganMS = nowMS
	if circuit := o.Board.Circuits().Find(o.Name); circuit != nil {
		switch circuit.Phase(nowMS) {
		case Open:
			return call, false
		case HalfOpen:
			call.probe = o.Board.Probe(o.Name, abi.DefaultBreaker, nowMS)
			return call, call.probe
		}
	}
	return call, true
}

// Done tells how a call ended. It returns the transition that followed, if one did.
func (o Own) Done(call OwnCall, class abi.Class, nowMS int64) []Event {
	ended := Attempt{Class: class, NowMS: nowMS, Seed: uint64(call.beganMS)}
	if call.probe {
		ended.ProbeMS = call.beganMS
	}
	if e, changed := o.Board.Record(o.Name, abi.DefaultBreaker, ended); changed {
		return []Event{e}
	}
	return nil
}

// Abandon tells that nobody waits for a call any more.
func (o Own) Abandon(call OwnCall) {
	if call.probe {
		o.Board.Release(o.Name, call.beganMS)
	}
}

// ClassOf is what the status of an answer says of its server; 0: there was none in time. One that refuses a request is not broken.
func ClassOf(status int) abi.Class {
	switch {
	case status == 0:
		return abi.ClassTimeout
	case status == 200:
		return abi.ClassOK
	case status == 401 || status == 403:
		return abi.ClassAuth
	case status == 404:
		return abi.ClassNotFound
	case status == 429:
		return abi.ClassRateLimited
	case status < 500:
		return abi.ClassClientError
	}
	return abi.ClassServerError
}
