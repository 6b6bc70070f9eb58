package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestUsageBased(t *testing.T) {
	minute := now / abi.MinuteMS
	used := of(
		abi.Signals{Minute: minute, Tokens: 50, Requests: 1},
		abi.Signals{Minute: minute, Tokens: 10, Requests: 2},
		abi.Signals{Minute: minute, Tokens: 10, Requests: 3},
	)
	q := abi.Request{NowMS: now}
	if got := picks(UsageBased{}, q, used); got != "bc" {
		t.Errorf("by tokens: got %s", got)
	}
	if got := picks(FewestDecisions{}, q, used); got != "a" {
		t.Errorf("by requests: got %s", got)
	}
	q.NowMS += abi.MinuteMS // a new minute: nobody used anything
	even(t, counted(UsageBased{}, q, used, 30_000), 30_000, 3)
	even(t, counted(FewestDecisions{}, q, used, 30_000), 30_000, 3)
}
