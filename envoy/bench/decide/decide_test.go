package decide

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// TestEveryStrategy: each decides, and everything is measured. How long it took is not judged.
func TestEveryStrategy(t *testing.T) {
	var cases []Case
	shaped := map[string]bool{}
	for i, s := range Shapes {
		cases = append(cases, Case{Strategy: s.Strategy, Candidates: s.Labels(), Shape: i + 1, Prompt: 500, Rounds: 3, Batches: 2})
		shaped[s.Strategy] = true
	}
	for _, name := range slices.Sorted(maps.Keys(strategy.Registry())) {
		switch k := strategy.Registry()[name]; {
		case Alone(k):
			cases = append(cases, Case{Strategy: name, Candidates: 70, Rounds: 3, Batches: 2})
		case len(k.Artifacts) > 0 && !shaped[name] && !alike[name]:
			t.Errorf("%s goes by a trained model, and none of Shapes is one of its", name)
		}
	}
	for _, c := range cases {
		name := c.Strategy
		r, err := Run(c, &store.Map{})
		if err != nil {
			t.Error(err)
			continue
		}
		if len(r.Decision) != 2 || len(r.Request) != 2 || len(r.Tick) != 2 || r.Requests != 12 || r.Decision[0] <= 0 || r.HeapBefore == 0 || r.HeapAfter == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// alike are strategies whose models are of the shape of another's.
var alike = map[string]bool{"llmrouter-routerdc": true, "llmrouter-knn-multiround": true}

// TestStoreIsLeftEmpty: the next case in the same store begins as the first did.
func TestStoreIsLeftEmpty(t *testing.T) {
	s := &kept{keys: map[string]bool{}}
	if _, err := Run(Case{Strategy: "least-busy", Candidates: 5, Rounds: 1, Batches: 1}, s); err != nil {
		t.Fatal(err)
	}
	if len(s.keys) == 0 {
		t.Error("nothing was written")
	}
	for key := range s.keys {
		if value, _, _ := s.Get(key); len(value) > 0 {
			t.Errorf("%s holds %q", key, value)
		}
	}
}

// kept is a Map that tells its keys.
type kept struct {
	store.Map
	keys map[string]bool
}

func (k *kept) Swap(key string, value []byte, version uint32) bool {
	k.keys[key] = true
	return k.Map.Swap(key, value, version)
}

// TestKnown: all that signals can say is known when the measurement begins, of this worker and of the other.
func TestKnown(t *testing.T) {
	for name, kind := range strategy.Registry() {
		if !Alone(kind) {
			continue // what a model says is not learned here
		}
		const nowMS = 1_760_000_000_000
		s := &store.Map{}
		w, err1 := newWorker(s, &gathered{kind: kind, candidates: 7}, nowMS)
		other, err2 := newWorker(s, &gathered{kind: kind, candidates: 7}, nowMS)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		p := play{worker: w, other: other, nowMS: nowMS}
		p.acquaint()
		p.ask(group)
		d := w.router.Route(&p.request)
		if len(d.Attempts) != 3 || len(d.LeftOut) > 0 {
			t.Errorf("%s: %d attempts, left out: %v", name, len(d.Attempts), d.LeftOut)
		}
		for _, seen := range d.Seen {
			if n := seen.Signals.Latency.Count; n != 0 && n != 2*known { // one of each worker
				t.Errorf("%s: %s: %d latencies", name, seen.Deployment, n)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []Case{
		{Strategy: "least-busy", Candidates: 0, Rounds: 1, Batches: 1}, {Strategy: "least-busy", Candidates: MaxCandidates + 1, Rounds: 1, Batches: 1}, {Strategy: "least-busy", Candidates: 1, Rounds: 0, Batches: 1}, {Strategy: "least-busy", Candidates: 1, Rounds: 1, Batches: 0}, {Strategy: "least-busy", Candidates: 1, Rounds: 1, Batches: MaxBatches + 1}, {Strategy: "none", Candidates: 1, Rounds: 1, Batches: 1},
	} {
		if _, err := Run(c, &store.Map{}); err == nil || !strings.Contains(err.Error(), c.Strategy) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
