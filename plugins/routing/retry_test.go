package routing

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestWorth(t *testing.T) {
	a, b := deployment("a"), deployment("b")
	last, same, other := &abi.Attempt{Deployment: &a}, &abi.Attempt{Deployment: &a}, &abi.Attempt{Deployment: &b}
	for class, want := range map[abi.Class][2]bool{ // on the same deployment, on another
		abi.ClassOK: {}, abi.ClassCancelled: {}, abi.ClassClientError: {}, abi.ClassContext: {}, abi.ClassContent: {},
		abi.ClassAuth: {false, true}, abi.ClassNotFound: {false, true},
		abi.ClassRateLimited: {true, true}, abi.ClassServerError: {true, true}, abi.ClassConnect: {true, true},
		abi.ClassReset: {true, true}, abi.ClassTimeout: {true, true}, abi.ClassMalformed: {true, true},
	} {
		if got := [2]bool{Worth(class, last, same), Worth(class, last, other)}; got != want {
			t.Errorf("%s: got %v, want %v", class, got, want)
		}
	}
}
