package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestLeastBusy(t *testing.T) {
	busy := func(n ...int) (candidates []abi.Candidate) {
		var signals []abi.Signals
		for _, v := range n {
			signals = append(signals, abi.Signals{InFlight: v})
		}
		return of(signals...)
	}
	for _, c := range []struct {
		candidates []abi.Candidate
		want       string
	}{
		{busy(3, 1, 2), "b"}, {busy(0, 1), "a"}, {busy(1, 1, 2), "ab"}, {busy(0, 0, 0), "abc"}, {busy(9), "a"},
	} {
		if got := picks(LeastBusy{}, abi.Request{}, c.candidates); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	even(t, counted(LeastBusy{}, abi.Request{}, busy(1, 1, 1, 2), 30_000), 30_000, 3)
}
