package signal

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/worker"
)

const t0 = int64(1_700_000_000_000)

// one is a worker of a proxy.
type one struct {
	*Board
	member *worker.Member
}

func workers(n int) (all []*one) {
	var s store.Map
	for range n {
		m := worker.NewMember(&s)
		m.Beat(t0)
		all = append(all, &one{NewBoard(&s, m), m})
	}
	return all
}

func (w *one) tick(nowMS int64) {
	w.member.Beat(nowMS)
	w.Tick(nowMS)
}

func tickAll(all []*one, nowMS int64) {
	for range 2 { // after the second, each has heard of all
		for _, w := range all {
			w.tick(nowMS)
		}
	}
}

func TestWorkersAddUp(t *testing.T) {
	all := workers(8)
	s := DefaultSettings
	for i, w := range all {
		r := w.Hold("d")
		r.Begin(t0)
		r.Begin(t0)
		r.Leave(t0)
		r.Use(1, 10, t0)
		r.Answer(float64(i), -1, &s, t0)
		r.Length(100, t0)
		r.Spend(0.5, 7, t0)
		r.Learn(&Settings{Kind: "k", Sums: 2}, t0, func(own []float64) { own[1]++ })
	}
	if got := all[0].Hold("d").Signals(); got.InFlight != 1 || got.Tokens != 10 {
		t.Errorf("before a tick a worker knows its own: %+v", got)
	}
	tickAll(all, t0+1)
	for i, w := range all {
		r := w.Hold("d")
		want := abi.Signals{
			InFlight: 8, Minute: t0 / abi.MinuteMS, Requests: 8, Tokens: 80,
			Latency: abi.Mean{Value: 3.5, Count: 8, AtMS: t0}, Output: abi.Mean{Value: 100, Count: 8, AtMS: t0},
		}
		if got := *r.Signals(); got != want {
			t.Errorf("worker %d: %+v, want %+v", i, got, want)
		}
		if got := r.Spent(7); got != 4 {
			t.Errorf("worker %d: spent %v", i, got)
		}
		if got := r.Sums(&Settings{Kind: "k", Sums: 2}); !reflect.DeepEqual(got, []float64{0, 8}) {
			t.Errorf("worker %d: sums %v", i, got)
		}
		if got := r.Sums(&Settings{Kind: "other", Sums: 2}); !reflect.DeepEqual(got, []float64{0, 0}) {
			t.Errorf("sums of another strategy: %v", got)
		}
	}
	all[3].Hold("d").Leave(t0 + 2) // what one does itself it knows at once, and the others with their tick
	if a, b := all[3].Hold("d").Signals().InFlight, all[4].Hold("d").Signals().InFlight; a != 7 || b != 8 {
		t.Errorf("%d and %d under way", a, b)
	}
}

func TestALostWorkerHoldsNothing(t *testing.T) {
	all := workers(2)
	gone := all[1].Hold("d")
	gone.Begin(t0)
	gone.Spend(2, 1, t0)
	tickAll(all, t0)
	r := all[0].Hold("d")
	if r.Signals().InFlight != 1 {
		t.Fatalf("%+v", r.Signals())
	}
	for now := t0; now <= t0+2*worker.DeadMS; now += worker.BeatMS {
		all[0].tick(now)
	}
	if got := r.Signals(); got.InFlight != 0 || r.Spent(1) != 2 {
		t.Errorf("under way %d, spent %v", got.InFlight, r.Spent(1))
	}
	now := t0 + 2*worker.DeadMS
	heir := &one{member: worker.NewMember(all[0].store)}
	heir.Board = NewBoard(all[0].store, heir.member)
	heir.tick(now)
	all[0].tick(now)
	all[0].tick(now + 1)
	if id := heir.member.ID(now); id != (worker.ID{Number: 1, Life: 2}) {
		t.Fatalf("the heir is %v", id)
	}
	if got := all[0].Hold("d"); got.Signals().InFlight != 0 || got.Spent(1) != 2 {
		t.Errorf("with the heir: under way %d, spent %v", got.Signals().InFlight, got.Spent(1))
	}
	if got := heir.Hold("d").Spent(1); got != 2 {
		t.Errorf("the heir knows of %v spent", got)
	}
}

func TestLeftoversGo(t *testing.T) {
	all := workers(2)
	all[1].tick(t0)
	s := state{inFlight: 5}
	all[1].store.Swap(segmentKey(all[1].self, segmentOf("x")), s.append(nil, "x"), 0) // written by somebody who had its name
	all[0].tick(t0)
	if got := all[0].Hold("x").Signals().InFlight; got != 5 {
		t.Fatalf("%d: the test does not show what it is for", got)
	}
	all[1].tick(t0 + wholeMS)
	all[0].tick(t0 + wholeMS)
	if got := all[0].Hold("x").Signals().InFlight; got != 0 {
		t.Errorf("%d under way that nobody made", got)
	}
}

func TestLatencies(t *testing.T) {
	w := workers(1)[0]
	s := Settings{List: 3, TTLMS: 1000}
	r := w.Hold("d")
	for i, v := range []float64{1, 2, 3, 4, 5} {
		r.Answer(v, v*10, &s, t0+int64(i))
	}
	if got := r.Signals(); got.Latency != (abi.Mean{Value: 4, Count: 3, AtMS: t0 + 4}) || got.First.Value != 40 {
		t.Errorf("%+v", got)
	}
	r.Answer(10, -1, &s, t0+1004) // those of the first four milliseconds are too old
	if got := r.Signals().Latency; got != (abi.Mean{Value: 7.5, Count: 2, AtMS: t0 + 1004}) {
		t.Errorf("%+v", got)
	}
	s.List = 1 // another document keeps fewer
	r.Answer(6, -1, &s, t0+1005)
	if got := r.Signals().Latency; got.Value != 6 || got.Count != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAWorkerThatLearnsNoMoreIsForgotten(t *testing.T) {
	all := workers(2)
	s := Settings{Kind: "k", Sums: 1}
	learn := func(w *one, at int64) { w.Hold("d").Learn(&s, at, func(own []float64) { own[0]++ }) }
	learn(all[0], t0)
	learn(all[1], t0)
	tickAll(all, t0+1)
	later := t0 + learnedMS + 1
	for now := t0; now <= later; now += 5_000 {
		all[0].member.Beat(now)
		all[1].member.Beat(now)
	}
	learn(all[0], later)
	if got := all[0].Hold("d").Sums(&s)[0]; got != 3 {
		t.Fatalf("%v: the test does not show what it is for", got)
	}
	tickAll(all, later)
	if got := all[0].Hold("d").Sums(&s)[0]; got != 2 {
		t.Errorf("%v, want what the first learned alone", got)
	}
}

func TestLengthsAreShared(t *testing.T) {
	all := workers(2)
	for _, w := range all {
		for _, id := range []string{"a", "b"} {
			w.Hold(id).Share(w.Hold("pool"))
		}
		w.Hold("c").Share(w.Hold("other"))
	}
	all[0].Hold("a").Length(10, t0)
	all[1].Hold("b").Length(20, t0)
	if got := all[0].Hold("b").Signals().Output; got.Value != 10 {
		t.Errorf("at once: %+v", got)
	}
	tickAll(all, t0)
	for _, w := range all {
		if a, b, c := w.Hold("a").Signals().Output, w.Hold("b").Signals().Output, w.Hold("c").Signals().Output; a != (abi.Mean{Value: 15, Count: 2, AtMS: t0}) || b != a || c.Count != 0 {
			t.Errorf("%+v, %+v and %+v", a, b, c)
		}
	}
	w := all[0]
	w.Hold("b").Share(w.Hold("other")) // another document: it is of another model now
	w.Hold("b").Length(1, t0)
	if a, b, c := w.Hold("a").Signals().Output, w.Hold("b").Signals().Output, w.Hold("c").Signals().Output; a.Value != 15 || b.Value != 1 || c != b {
		t.Errorf("after a change: %+v, %+v and %+v", a, b, c)
	}
}

func TestUsageIsOfAMinute(t *testing.T) {
	all := workers(2)
	for i, w := range all {
		w.Hold("d").Use(1, 5, t0+int64(i)*abi.MinuteMS) // the second counts in the next minute already
	}
	tickAll(all, t0+abi.MinuteMS)
	for _, w := range all {
		if got := w.Hold("d").Signals(); got.TokensAt(t0+abi.MinuteMS) != 5 || got.RequestsAt(t0+abi.MinuteMS) != 1 || got.TokensAt(t0+2*abi.MinuteMS) != 0 {
			t.Errorf("%+v", got)
		}
	}
}

func TestRecordsAreBounded(t *testing.T) {
	w := workers(1)[0]
	for i := range 10_000 {
		r := w.Hold(fmt.Sprint("d", i))
		r.Use(1, 1, t0)
		if i > 0 {
			w.Release(r)
		}
	}
	w.tick(t0)
	if w.Len() != 10_000 {
		t.Fatalf("%d records", w.Len())
	}
	w.tick(t0 + (idleS+1)*1000)
	if w.Len() != 1 {
		t.Errorf("%d records are kept", w.Len())
	}
}

// TestMemoryAtTenThousandDeployments: what eight workers remember, each with what it knows of the seven others, where every worker has
// used every deployment.
func TestMemoryAtTenThousandDeployments(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	all := workers(8)
	const n = 10_000
	s := DefaultSettings
	for i := range n {
		for _, w := range all {
			r := w.Hold(fmt.Sprint("deployment-", i))
			r.Use(1, 100, t0)
			r.Answer(1, 1, &s, t0)
		}
	}
	tickAll(all, t0)
	each := (heap() - before) / n / 8
	t.Logf("%d bytes a deployment and worker", each)
	if each > 6_000 {
		t.Errorf("%d bytes a deployment and worker: at 10,000 deployments a worker would need %d MB", each, each*n>>20)
	}
	runtime.KeepAlive(all)
}

func TestWhatIsHeldIsKept(t *testing.T) {
	w := workers(1)[0]
	r := w.Hold("d")
	again := w.Hold("d") // a second document
	if r != again {
		t.Fatal("two records of one deployment")
	}
	w.Release(r)
	w.tick(t0 + 2*idleS*1000)
	if w.Len() != 1 {
		t.Error("a record that a document has was dropped")
	}
}

func FuzzParseStates(f *testing.F) {
	s := state{inFlight: 1, minute: 2, tokens: 3, latency: sum{1.5, 2, t0}, period: 3, spent: 0.25, usage: 1, waiting: 2, gaugesMS: t0, kind: "k", sums: []float64{1, 2}}
	f.Add(s.append(nil, "id"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		states := parseStates(b)
		for id, s := range states {
			again = s.append(again, id)
			for _, v := range append([]float64{s.spent, s.usage, s.waiting, s.latency.total}, s.sums...) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatal("a number that is none")
				}
			}
		}
		if got := parseStates(again); !reflect.DeepEqual(got, states) {
			t.Fatalf("%v reads back as %v", states, got)
		}
		var p peer
		p.parseHead(b)
	})
}

// BenchmarkTick is a second of a worker among eight that all changed every one of 1,000 deployments.
func BenchmarkTick(b *testing.B) {
	all := workers(8)
	for i := range 1000 {
		for _, w := range all {
			w.Hold(fmt.Sprint("deployment-", i)).Use(1, 100, t0)
		}
	}
	tickAll(all, t0)
	now := t0
	for b.Loop() {
		b.StopTimer()
		now += 1000
		for _, w := range all {
			w.each(func(r *Record) { r.Use(1, 100, now) })
			if w != all[0] {
				w.tick(now)
			}
		}
		b.StartTimer()
		all[0].tick(now)
	}
}
