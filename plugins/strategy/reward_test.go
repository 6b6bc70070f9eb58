package strategy

import (
	"math"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

func TestReward(t *testing.T) {
	usual := Reward{0.5, 0.4, 0.1}
	fair := &abi.Price{Input: 1e-6, Output: 3e-6} // of 500 tokens of input and 500 of output 1,000 cost fairUSD
	used := abi.Usage{Input: 500, Output: 500}
	for _, c := range []struct {
		name    string
		weights Reward
		price   *abi.Price
		stream  bool
		failed  bool
		outcome abi.Outcome
		want    float64
	}{
		{"all as usual", usual, fair, false, false, abi.Outcome{DurationMS: 10_000, Usage: used}, 0.75},
		{"at once", usual, fair, false, false, abi.Outcome{Usage: used}, 0.8},
		{"for nothing", usual, &abi.Price{}, false, false, abi.Outcome{Usage: used}, 1},
		{"a price that is not known is neither good nor bad", usual, nil, false, false, abi.Outcome{Usage: used}, 0.8},
		{"nor is a usage that is not", usual, fair, false, false, abi.Outcome{}, 0.8},
		{"three times the usual price", usual, &abi.Price{Input: 3e-6, Output: 9e-6}, false, false, abi.Outcome{Usage: used}, 0.7},
		{"a longer answer costs more", usual, fair, false, false, abi.Outcome{Usage: abi.Usage{Input: 500, Output: 1833}}, 0.5 + 0.4/4 + 0.1},
		{"a stream goes by its first event", usual, fair, true, false, abi.Outcome{FirstByteMS: 1000, DurationMS: 99_999, Usage: used}, 0.75},
		{"a stream without one by its end", usual, fair, true, false, abi.Outcome{DurationMS: 1000, Usage: used}, 0.75},
		{"a failure is worth nothing", usual, &abi.Price{}, false, true, abi.Outcome{}, 0},
		{"weights are relative", Reward{1, 1, 0}, fair, false, false, abi.Outcome{Usage: used}, 0.75},
		{"only latency", Reward{0, 0, 0.1}, fair, false, false, abi.Outcome{DurationMS: 30_000, Usage: used}, 0.25},
		{"a time below nothing", usual, fair, false, false, abi.Outcome{DurationMS: -5, Usage: used}, 0.8},
		{"a very long time", usual, fair, false, false, abi.Outcome{DurationMS: math.MaxInt64, Usage: used}, 0.7},
	} {
		e := routing.Experience{
			Request: &abi.Request{Stream: c.stream, InputTokens: 500}, Deployment: &abi.Deployment{Price: c.price},
			Outcome: &c.outcome, Failed: c.failed,
		}
		if got := c.weights.Of(&e); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%s: got %.4f, want %.4f", c.name, got, c.want)
		}
	}
}

func TestRewardWeightsOfNothingAreRefused(t *testing.T) {
	for name, k := range Registry() {
		if k.Param("reward_quality_weight") == nil {
			continue
		}
		zero := abi.Args{{Name: "reward_quality_weight"}, {Name: "reward_cost_weight"}, {Name: "reward_latency_weight"}}
		if errs := k.Check(zero); len(errs) != 1 {
			t.Errorf("%s: %v", name, errs)
		}
		if errs := k.Check(zero[:2]); len(errs) != 0 {
			t.Errorf("%s: %v", name, errs)
		}
	}
}
