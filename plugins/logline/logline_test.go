package logline

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

func sample() Line {
	return Line{
		Request: abi.Request{ID: "r-1", NowMS: 5, Turn: 3, API: abi.APIChat, Model: `a"b`, Stream: true, InputTokens: 7, Needs: []string{abi.NeedTools, abi.NeedVision}, Pinned: "p",
			Asked: abi.Asked{Retries: new(int), TimeoutMS: 8, StreamTimeoutMS: 9, Fallbacks: []string{"h"}}, CostWeight: new(float64), QualityFloor: new(float64), Spent: true,
			Tags: []string{"t"}, Region: "eu", Profile: "eco", UserAgent: "curl", Rung: 2, Confidence: 0.5, Agentic: 0.25, Reasoning: true, Intent: "i", Session: "s", Sticky: "x"},
		Decision: abi.Decision{
			Revision: "abc", Group: "g", Strategy: "s; requested=t",
			Attempts: []abi.Attempt{
				{Deployment: &abi.Deployment{ID: "x"}, Group: "g", Model: "m", Probe: true},
				{Deployment: &abi.Deployment{ID: "y"}, Group: "h", Model: "n"},
				{Deployment: &abi.Deployment{ID: "z"}, Group: "h", Model: "n", Forced: true, Only: abi.ClassContext},
			},
			LeftOut: []abi.LeftOut{{Deployment: "w", Reason: abi.ReasonOpen}},
			Seen: []abi.Seen{
				{Deployment: "x", Signals: abi.Signals{
					InFlight: 1, Minute: 2, Requests: 3, Tokens: 4, Latency: abi.Mean{Value: 1.5, Count: 2, AtMS: 5}, First: abi.Mean{Value: 2.5, Count: 1, AtMS: 6},
					Output: abi.Mean{Value: 3.5, Count: 3, AtMS: 7}, Estimate: [2]float64{0.1, -0.2}, CacheUsage: 0.3, Waiting: 4, GaugesMS: 8, Score: 0.75, Place: 2,
				}},
				{Deployment: "y"},
			},
			Unseen: 3, Model: "0123456789ab", Abstains: abi.AbstainsMargin,
			Shadow:  &abi.Shadowed{Strategy: "t", Deployment: "y", Model: "ba9876543210", Abstains: abi.AbstainsReach},
			Inquiry: abi.Inquiry{Judge: "j", Calls: 2, MS: 30, USD: 0.5, Concluded: "small"},
		},
		Outcomes: []abi.Outcome{
			{Deployment: "x", Class: abi.ClassConnect, Reason: "refused", DurationMS: 2},
			{Deployment: "y", Class: abi.ClassOK, Status: 200, FirstByteMS: 1, DurationMS: 9, Usage: abi.Usage{Input: 1, Output: 2, Cached: 3, Reasoning: 4, Estimated: true}},
			{Deployment: "z"},
		},
		Status: 200, TotalMS: 11,
	}
}

func TestLineReadsBack(t *testing.T) {
	want := sample()
	want.Request.Seed = abi.SeedOf(want.Request.ID)
	text := want.Append(nil)
	if !json.Valid(text) {
		t.Fatalf("no JSON: %s", text)
	}
	got, err := Parse(text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nreads back as %+v, %v", text, got, err)
	}
}

// TestReplay: a decision of the past, with an open and a half-open breaker, is made again from its line.
func TestReplay(t *testing.T) {
	path := []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}
	config := &abi.Config{Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, Groups: []abi.ModelGroup{{
		Name: "g", Strategy: abi.StrategyRef{Name: "simple-shuffle"}, Retries: 2, WhenAllOpen: abi.WhenAllOpenRefuse,
		Deployments: []abi.Deployment{{ID: "a", Paths: path}, {ID: "b", Paths: path}, {ID: "c", Paths: path}, {ID: "d", Paths: path}},
	}}}
	var s store.Map
	r, err := routing.Compile(config, strategy.Registry(), routing.NewMemory(&s))
	if err != nil {
		t.Fatal(err)
	}
	now := int64(1_000_000)
	for _, id := range []string{"a", "b"} {
		for range 5 {
			q := abi.Request{Model: id, API: abi.APIChat, NowMS: now}
			run := r.Begin(&q)
			run.Advance(now)
			outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
			outcomes[0].Class = abi.ClassReset
			run.End(outcomes, now)
		}
		now += 20_000
	}
	seen := map[abi.Reason]bool{}
	for i := range 200 {
		q := abi.Request{ID: "r" + strconv.Itoa(i), Model: "g", API: abi.APIChat, NowMS: 1_000_000 + 31_000 + int64(i)*100}
		q.Seed = abi.SeedOf(q.ID)
		d := r.Route(&q)
		line, err := Parse((&Line{Request: q, Decision: d}).Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Replay(config, strategy.Registry(), &line)
		if err != nil {
			t.Fatal(err)
		}
		if diff := Differs(&d, &again); diff != "" {
			t.Fatalf("request %d: %s", i, diff)
		}
		for _, l := range d.LeftOut {
			seen[l.Reason] = true
		}
	}
	if !seen[abi.ReasonOpen] || !seen[abi.ReasonProbing] {
		t.Errorf("the run had no open or no probing breaker: %v", seen)
	}
}

func FuzzParse(f *testing.F) {
	l := sample()
	f.Add(l.Append(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(l.Append(nil)); err != nil || len(again.Decision.Attempts) != len(l.Decision.Attempts) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
