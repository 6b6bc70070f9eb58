package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestRoundRobinTakesTurns(t *testing.T) {
	got := ""
	for turn := range uint64(6) {
		candidates := shares(1, 5, 0)
		got += candidates[RoundRobin{}.Pick(&abi.Request{Turn: turn}, candidates)].ID
	}
	if got != "abcabc" {
		t.Errorf("got %s", got)
	}
}
