package fleet

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

// says makes a worker report.
func says(f *Fleet, node string, worker int, revision string, seconds float64) {
	f.Reported(&abi.Report{Node: node, Worker: worker, Revision: revision, Document: "d-" + revision, StartedMS: at(seconds).UnixMilli()}, at(seconds))
}

// TestNode: what is shown of one, from offer to counts.
func TestNode(t *testing.T) {
	f := New(Options{})
	f.Sent("n", publish.Envoy, "r1", at(0))
	f.Accepted("n", "r1", at(1))
	says(f, "n", 1, "r1", 2)
	says(f, "n", 0, "r1", 3)
	f.Reported(&abi.Report{Node: "n", Worker: 0, Revision: "r1", StartedMS: at(3).UnixMilli(), Requests: []abi.RequestCount{{Revision: "r1", Answered: 5, Failed: 1}}}, at(4))
	f.Refused("n", "r2", "why", at(5))
	nodes := f.Nodes(at(6))
	want := Node{
		ID: "n", Kind: publish.Envoy, Connected: true, Sent: Mark{"r1", at(0)}, Accepted: Mark{"r1", at(1)}, Running: Mark{"r1", at(3)},
		Refused: &Refusal{"n", "r2", "why", at(5)},
		Workers: []Worker{{0, "r1", "", at(3), at(4)}, {1, "r1", "d-r1", at(2), at(2)}},
		Counts:  []Count{{"r1", 5, 1, at(4)}},
	}
	if len(nodes) != 1 || !reflect.DeepEqual(nodes[0], want) {
		t.Errorf("got  %+v\nwant %+v", nodes, want)
	}
	f.Accepted("n", "r2", at(7))
	f.Gone("n", at(8))
	if n := f.Nodes(at(9))[0]; n.Refused != nil || n.Connected {
		t.Errorf("%+v", n)
	}
	if text, err := json.Marshal(f.Nodes(at(9))); err != nil || !strings.Contains(string(text), `"running":{"revision":"r1"`) {
		t.Errorf("%s %v", text, err)
	}
	select {
	case <-f.Changed():
	default:
		t.Error("nobody was told")
	}
}

// TestProgress: every way a node can stand to a revision that was published at 100 s.
func TestProgress(t *testing.T) {
	const published = 100
	join := func(f *Fleet, seconds float64) { f.Sent("n", publish.Envoy, "old", at(seconds)) }
	for _, c := range []struct {
		name string
		do   func(f *Fleet)
		now  float64
		want string
	}{
		{"nobody", func(*Fleet) {}, 110, "running [] waiting [] refused [] mute []"},
		{"it says so", func(f *Fleet) { join(f, 0); says(f, "n", 0, "old", 95); says(f, "n", 0, "new", 101) }, 102, "running [n] waiting [] refused [] mute []"},
		{"one of its two workers says so", func(f *Fleet) {
			join(f, 0)
			says(f, "n", 0, "old", 99)
			says(f, "n", 1, "old", 99)
			says(f, "n", 1, "new", 101)
		}, 102, "running [] waiting [n@100] refused [] mute []"},
		{"the other one is lost", func(f *Fleet) {
			join(f, 0)
			says(f, "n", 0, "old", 99)
			says(f, "n", 1, "new", 101)
			says(f, "n", 1, "new", 121)
		}, 125, "running [n] waiting [] refused [] mute []"},
		{"only the proxy took it", func(f *Fleet) { join(f, 0); says(f, "n", 0, "old", 95); f.Accepted("n", "new", at(101)) }, 102, "running [] waiting [n@100] refused [] mute []"},
		{"the proxy refused it", func(f *Fleet) { join(f, 0); says(f, "n", 0, "old", 95); f.Refused("n", "new", "why", at(101)) }, 102, "running [] waiting [] refused [n:why] mute []"},
		{"it refused the same before", func(f *Fleet) { join(f, 0); f.Refused("n", "new", "why", at(50)); says(f, "n", 0, "old", 95) }, 102, "running [] waiting [n@100] refused [] mute []"},
		{"it ran the new one before, and refuses it now but runs it", func(f *Fleet) { join(f, 0); says(f, "n", 0, "new", 101); f.Refused("n", "new", "why", at(102)) }, 103,
			"running [n] waiting [] refused [] mute []"},
		{"it never said anything", func(f *Fleet) { join(f, 0) }, 150, "running [] waiting [] refused [] mute [n]"},
		{"it said nothing for long", func(f *Fleet) { join(f, 0); says(f, "n", 0, "old", 50) }, 150, "running [] waiting [] refused [] mute [n]"},
		{"it comes later", func(f *Fleet) { join(f, 120) }, 130, "running [] waiting [n@120] refused [] mute []"},
		{"it is gone", func(f *Fleet) { join(f, 0); says(f, "n", 0, "old", 95); f.Gone("n", at(101)) }, 102, "running [] waiting [] refused [] mute []"},
		{"it is another agent's", func(f *Fleet) { says(f, "n", 0, "old", 95) }, 102, "running [] waiting [] refused [] mute []"},
	} {
		f := New(Options{Stale: 20 * time.Second})
		c.do(f)
		p := f.Progress("new", at(published), at(c.now))
		waiting, refused := []string{}, []string{}
		for _, w := range p.Waiting {
			waiting = append(waiting, fmt.Sprintf("%s@%.0f", w.Node, w.From.Sub(t0).Seconds()))
		}
		for _, r := range p.Refused {
			refused = append(refused, r.Node+":"+r.Reason)
		}
		if got := fmt.Sprintf("running %v waiting %v refused %v mute %v", p.Running, waiting, refused, p.Mute); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// count makes a node report requests, and attempts at a deployment.
func count(f *Fleet, revision string, answered, failed int, deployment string, made, broken int, seconds float64) {
	f.Reported(&abi.Report{Node: "n", Revision: revision,
		Requests: []abi.RequestCount{{Revision: revision, Answered: answered, Failed: failed}},
		Attempts: []abi.AttemptCount{{Revision: revision, Deployment: deployment, Made: made, Failed: broken}},
	}, at(seconds))
}

func TestVerdict(t *testing.T) {
	type look struct{ answered, failed, made, broken int }
	same, untouched := map[string]bool{"d": true}, map[string]bool{"d": true}
	for _, c := range []struct {
		name            string
		old, new        look
		same, untouched map[string]bool
		worse, enough   bool
	}{
		{"both well", look{1000, 0, 1000, 0}, look{1000, 0, 1000, 0}, nil, nil, false, true},
		{"all fail", look{1000, 0, 1000, 0}, look{0, 60, 60, 60}, nil, nil, true, true},
		{"too few to tell", look{1000, 0, 1000, 0}, look{0, 49, 49, 49}, nil, nil, false, false},
		{"a tenth fails", look{1000, 5, 1005, 5}, look{180, 20, 200, 20}, nil, nil, true, true},
		{"as bad as before", look{900, 100, 1000, 100}, look{178, 22, 200, 22}, nil, nil, false, true},
		{"beyond chance, and of no matter", look{1_000_000, 100, 0, 0}, look{1_000_000, 1000, 0, 0}, nil, nil, false, true},
		{"all failed before", look{0, 100, 100, 100}, look{0, 100, 100, 100}, nil, nil, false, true},
		{"better", look{500, 500, 1000, 500}, look{990, 10, 1000, 10}, nil, nil, false, true},
		{"nothing to compare with, and most fail", look{3, 0, 3, 0}, look{10, 90, 100, 90}, nil, nil, true, true},
		{"nothing to compare with, and few fail", look{3, 0, 3, 0}, look{90, 10, 100, 10}, nil, nil, false, true},
		{"an outage of what did not change", look{1000, 0, 1000, 0}, look{500, 400, 900, 400}, same, untouched, false, true},
		{"an outage that was there before, around what changed", look{500, 500, 1000, 500}, look{600, 400, 1000, 400}, same, nil, false, true},
		{"what changed around it makes it fail", look{1000, 0, 1000, 0}, look{600, 400, 1000, 400}, same, nil, true, true},
		{"failures without an attempt, beside an outage", look{1000, 0, 1000, 0}, look{500, 400, 600, 50}, same, untouched, true, true},
	} {
		f := New(Options{})
		count(f, "old", 0, 1000, "d", 1000, 1000, 10) // before the window: does not count
		count(f, "old", c.old.answered, c.old.failed, "d", c.old.made, c.old.broken, 95)
		count(f, "new", 0, 500, "d", 500, 500, 99) // it was active once before: that does not count either
		count(f, "new", c.new.answered, c.new.failed, "d", c.new.made, c.new.broken, 110)
		v := f.Verdict(Comparison{Old: "old", New: "new", At: at(100), Same: c.same, Untouched: c.untouched})
		if v.Worse != c.worse || v.Enough != c.enough {
			t.Errorf("%s: %+v: %s", c.name, v, v)
		}
	}
}

// TestPausedDeployment: an open breaker fails requests without an attempt. They are the deployment's failures all the same.
func TestPausedDeployment(t *testing.T) {
	all := map[string]bool{"d": true}
	for _, c := range []struct {
		name            string
		before          int // of 1,000 requests of the old revision, how many failed so
		same, untouched map[string]bool
		worse           bool
	}{
		{"it is as it was", 0, all, all, false},
		{"it changed", 0, nil, nil, true},
		{"what is around it changed", 0, all, nil, true},
		{"what is around it changed, but it was paused before", 900, all, nil, false},
	} {
		f := New(Options{})
		told := func(revision string, answered, paused int, seconds float64) {
			failed := paused
			if paused > 0 {
				failed += 5 // that open it
			}
			f.Reported(&abi.Report{Node: "n", Revision: revision,
				Requests: []abi.RequestCount{{Revision: revision, Answered: answered, Failed: failed}},
				Attempts: []abi.AttemptCount{{Revision: revision, Deployment: "d", Made: answered + failed - paused, Failed: failed - paused, Paused: paused}},
			}, at(seconds))
		}
		told("old", 1000-c.before, c.before, 95)
		told("new", 20, 175, 110)
		if v := f.Verdict(Comparison{Old: "old", New: "new", At: at(100), Same: c.same, Untouched: c.untouched}); v.Worse != c.worse {
			t.Errorf("%s: %+v: %s", c.name, v, v)
		}
		if got := f.Attempts(at(110))["d"]; got.Paused != 175+c.before {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestVerdictOfAKey: the revision of the document is the same when only a key changed; the time tells them apart.
func TestVerdictOfAKey(t *testing.T) {
	f := New(Options{})
	count(f, "r", 1000, 0, "d", 1000, 0, 95)
	count(f, "r", 0, 100, "d", 100, 100, 105)
	if v := f.Verdict(Comparison{Old: "r", New: "r", At: at(100)}); !v.Worse || v.Old != (Rate{Requests: 1000}) {
		t.Errorf("%+v", v)
	}
	if got := f.Attempts(at(110)); got["d"] != (Tries{Made: 1100, Failed: 100}) {
		t.Errorf("%+v", got)
	}
}

// TestVerdictIsSeldomWrong: of revisions that are no worse, looked at twelve times each, few are called worse; of those that are,
// nearly all.
func TestVerdictIsSeldomWrong(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	run := func(was, is float64) (worse int) {
		draw := func(n int, p float64) (failed int) {
			for range n {
				if rng.Float64() < p {
					failed++
				}
			}
			return failed
		}
		for range 1000 {
			f := New(Options{})
			bad := draw(600, was)
			count(f, "old", 600-bad, bad, "d", 0, 0, 95)
			for look := range 12 {
				bad := draw(50, is)
				count(f, "new", 50-bad, bad, "d", 0, 0, 101+5*float64(look))
				if f.Verdict(Comparison{Old: "old", New: "new", At: at(100)}).Worse {
					worse++
					break
				}
			}
		}
		return worse
	}
	for _, rate := range []float64{0.001, 0.02, 0.2} {
		if n := run(rate, rate); n > 15 {
			t.Errorf("a revision that fails in %v as the one before was called worse %d times of 1,000", rate, n)
		}
	}
	if n := run(0.01, 0.1); n < 990 {
		t.Errorf("a revision that fails ten times as often was found only %d times of 1,000", n)
	}
}

// TestChance: the lady tasting tea (Fisher, The Design of Experiments, 1935, II), and where there is nothing to choose.
func TestChance(t *testing.T) {
	for _, c := range []struct {
		a, b Rate
		want float64
	}{
		{Rate{Requests: 4, Failed: 1}, Rate{Requests: 4, Failed: 3}, 17.0 / 70},
		{Rate{Requests: 4, Failed: 0}, Rate{Requests: 4, Failed: 4}, 1.0 / 70},
		{Rate{Requests: 100, Failed: 100}, Rate{Requests: 100, Failed: 100}, 1},
		{Rate{Requests: 5, Failed: 0}, Rate{Requests: 7, Failed: 0}, 1},
	} {
		if got := chance(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v %+v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestBounds: names that are invented do not fill the memory, and what is old is forgotten.
func TestBounds(t *testing.T) {
	f := New(Options{})
	for i := range maxNodes + 10 {
		says(f, fmt.Sprint("n", i), 0, "r", 0)
	}
	if n := len(f.Nodes(at(0))); n != maxNodes {
		t.Errorf("%d nodes", n)
	}
	says(f, "late", 0, "r", 2*DefaultForget.Seconds())
	if n := len(f.Nodes(at(0))); n != 1 {
		t.Errorf("%d nodes after a while", n)
	}
	for i := range 2 * maxSeries {
		says(f, "late", i*maxWorkers, "r", 8000)
		count(f, fmt.Sprint("r", i), 1, 0, "d", 1, 0, 8000)
	}
	if n := len(f.counts.series); n != maxSeries {
		t.Errorf("%d revisions are counted", n)
	}
	count(f, "r", 1, 0, "d", 1, 0, 8000+f.options.Policy.keep().Seconds()+1)
	if n := len(f.counts.series); n != 1 {
		t.Errorf("%d revisions are counted after a while", n)
	}
	for _, n := range f.Nodes(at(8000)) {
		if len(n.Counts) > maxCounts || len(n.Workers) > maxWorkers {
			t.Errorf("%s: %d counts, %d workers", n.ID, len(n.Counts), len(n.Workers))
		}
	}
}
