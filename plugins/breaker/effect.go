package breaker

import "github.com/routeiq/routeiq/abi"

// Effect is what an attempt's end says about its deployment.
type Effect uint8

// The effects.
const (
	Nothing Effect = iota // the request was at fault, or the client left
	Success
	Failure // counts: so many of them open
	Opens   // opens at once
)

// Bad tells whether the deployment is at fault.
func (e Effect) Bad() bool { return e == Failure || e == Opens }

// EffectOf is the table of what counts. A class that the policy has a threshold for counts for that, whatever it is:
// the operator has decided.
//
//	ok                            success
//	400 413 422, context, content nothing: another deployment would have said the same
//	client left                   nothing
//	401 402 403                   opens at once: the next request would be refused as well
//	429 with a time to wait       opens at once, for that time
//	429 without                   a failure
//	404 408 5xx 529               a failure
//	refused, reset, TLS, name     a failure
//	deadline, stall               a failure
//	truncated, unreadable         a failure
func EffectOf(a *Attempt, p abi.BreakerPolicy) Effect {
	switch a.Class {
	case abi.ClassOK:
		return Success
	case abi.ClassCancelled, "":
		return Nothing
	}
	if abi.CountOf(p.ThresholdByClass, a.Class, 0) > 0 {
		return Failure
	}
	switch a.Class {
	case abi.ClassClientError, abi.ClassContext, abi.ClassContent:
		return Nothing
	case abi.ClassAuth:
		return Opens
	case abi.ClassRateLimited:
		if a.RetryAfterMS > 0 {
			return Opens
		}
	}
	return Failure
}
