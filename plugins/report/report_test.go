package report

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestTally(t *testing.T) {
	var tally Tally
	tally.Request("r1", 200)
	tally.Request("r1", 503)
	tally.Request("r1", 0)
	tally.Attempt("r1", "b", true)
	tally.Attempt("r1", "a", false)
	tally.Attempt("r1", "b", false)
	tally.Paused("r1", "b")
	tally.Request("r2", 429)
	var first abi.Report
	tally.Send(&first)
	want := abi.Report{
		Requests: []abi.RequestCount{{Revision: "r1", Answered: 2, Failed: 1}, {Revision: "r2", Answered: 1}},
		Attempts: []abi.AttemptCount{{Revision: "r1", Deployment: "a", Made: 1}, {Revision: "r1", Deployment: "b", Made: 2, Failed: 1, Paused: 1}},
	}
	if !reflect.DeepEqual(first, want) {
		t.Fatalf("got %+v", first)
	}
	tally.Request("r2", 500) // meanwhile
	tally.Attempt("r1", "b", true)
	tally.Attempt("r3", "c", false)
	tally.Paused("r1", "b")
	tally.Sent(false)
	var second abi.Report
	tally.Send(&second)
	want = abi.Report{
		Requests: []abi.RequestCount{{Revision: "r1", Answered: 2, Failed: 1}, {Revision: "r2", Answered: 1, Failed: 1}},
		Attempts: []abi.AttemptCount{
			{Revision: "r1", Deployment: "a", Made: 1}, {Revision: "r1", Deployment: "b", Made: 3, Failed: 2, Paused: 2}, {Revision: "r3", Deployment: "c", Made: 1},
		},
	}
	if !reflect.DeepEqual(second, want) {
		t.Errorf("what did not arrive, and what came since: %+v", second)
	}
	tally.Sent(true)
	var third abi.Report
	if tally.Send(&third); !reflect.DeepEqual(third, abi.Report{}) {
		t.Errorf("what arrived is told again: %+v", third)
	}
}

func TestTallyIsBounded(t *testing.T) {
	var tally Tally
	for i := range 100 {
		tally.Request("r"+strconv.Itoa(i), 200)
		tally.Send(&abi.Report{})
		tally.Sent(false)
	}
	var r abi.Report
	tally.Send(&r)
	if len(r.Requests) != maxRevisions || r.Requests[maxRevisions-1].Revision != "r99" {
		t.Errorf("got %+v", r.Requests)
	}
}

func TestAppend(t *testing.T) {
	for _, want := range []abi.Report{
		{},
		{
			Node: `n"1`, Worker: 3, Revision: "r", Document: "d", StartedMS: 4, NowMS: 5,
			Requests: []abi.RequestCount{{Revision: "r", Answered: 1, Failed: 2}, {Revision: "s"}},
			Attempts: []abi.AttemptCount{{Revision: "r", Deployment: "ü\n", Made: 3, Failed: 1, Paused: 7}, {Revision: "r", Deployment: "x"}},
		},
	} {
		encoded, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := Append(nil, &want)
		var read abi.Report
		if err := json.Unmarshal(got, &read); err != nil || !reflect.DeepEqual(read, want) {
			t.Errorf("%s\nreads back as %+v, %v; encoding/json writes\n%s", got, read, err, encoded)
		}
	}
}
