package breaker

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestEffectOf(t *testing.T) {
	p := abi.DefaultBreaker
	for class, want := range map[abi.Class]Effect{
		abi.ClassOK: Success, abi.ClassClientError: Nothing, abi.ClassContext: Nothing, abi.ClassContent: Nothing,
		abi.ClassCancelled: Nothing, "": Nothing, abi.ClassAuth: Opens, abi.ClassNotFound: Failure, abi.ClassRateLimited: Failure,
		abi.ClassServerError: Failure, abi.ClassConnect: Failure, abi.ClassReset: Failure, abi.ClassTimeout: Failure, abi.ClassMalformed: Failure,
	} {
		if got := EffectOf(&Attempt{Class: class}, p); got != want {
			t.Errorf("%s: %d, want %d", class, got, want)
		}
	}
	if got := EffectOf(&Attempt{Class: abi.ClassRateLimited, RetryAfterMS: 1}, p); got != Opens {
		t.Errorf("a 429 that says how long: %d", got)
	}
	p.ThresholdByClass = []abi.ClassCount{{Class: abi.ClassAuth, Count: 3}, {Class: abi.ClassClientError, Count: 2}, {Class: abi.ClassRateLimited, Count: 9}}
	for _, a := range []Attempt{{Class: abi.ClassAuth}, {Class: abi.ClassClientError}, {Class: abi.ClassRateLimited, RetryAfterMS: 1}} {
		if got := EffectOf(&a, p); got != Failure {
			t.Errorf("%s with a threshold of its own: %d", a.Class, got)
		}
	}
}
