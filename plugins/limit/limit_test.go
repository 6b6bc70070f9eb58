package limit

import (
	"reflect"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/worker"
)

const t0 = int64(1_700_000_000_000)

func newBoard(s store.Store) Board { return Board{Store: s, Worker: worker.NewMember(s)} }

func TestRPM(t *testing.T) {
	b, l := newBoard(&store.Map{}), Limits{RPM: 2}
	for i := range 2 {
		ticket, why := b.Take("a", l, 10, t0+int64(i)*30_000, false)
		if why != "" {
			t.Fatalf("attempt %d: %s", i+1, why)
		}
		b.Give(ticket, 0)
	}
	if _, why := b.Take("a", l, 10, t0+59_999, false); why != abi.ReasonRPM {
		t.Errorf("the third in a minute: %q", why)
	}
	if why, wait := b.Full("a", l, 10, t0+50_000); why != abi.ReasonRPM || wait != 10_000 {
		t.Errorf("full: %q for %d ms", why, wait)
	}
	if _, why := b.Take("a", l, 10, t0+60_000, false); why != "" {
		t.Errorf("in the next minute: %q", why)
	}
	if _, why := b.Take("b", l, 10, t0, false); why != "" {
		t.Errorf("another deployment: %q", why)
	}
}

func TestTPMIsCorrectedFromTheAnswer(t *testing.T) {
	b, l := newBoard(&store.Map{}), Limits{TPM: 100}
	first, _ := b.Take("a", l, 60, t0, false)
	if _, why := b.Take("a", l, 41, t0, false); why != abi.ReasonTPM {
		t.Errorf("101 estimated tokens: %q", why)
	}
	b.Give(first, 20) // it took less than estimated
	second, why := b.Take("a", l, 80, t0+1, false)
	if why != "" {
		t.Fatalf("20 used and 80 estimated: %q", why)
	}
	b.Give(second, 0) // its answer did not say: the estimate stands
	if why, _ := b.Full("a", l, 1, t0+2); why != abi.ReasonTPM {
		t.Errorf("100 used: %q", why)
	}
	if why, _ := b.Full("a", l, 101, t0+60_000); why != abi.ReasonTPM {
		t.Errorf("more than a minute's tokens at once: %q", why)
	}
	late, _ := b.Take("a", l, 50, t0+60_000, false)
	_, _ = b.Take("a", l, 1, t0+130_000, false)
	b.Give(late, 5000) // of a minute that is over
	if why, _ := b.Full("a", l, 90, t0+130_000); why != "" {
		t.Errorf("tokens of an old minute count in the new: %q", why)
	}
}

func TestForcedIsCountedAllTheSame(t *testing.T) {
	b, l := newBoard(&store.Map{}), Limits{Parallel: 1}
	first, _ := b.Take("a", l, 0, t0, false)
	second, why := b.Take("a", l, 0, t0, true)
	if why != "" {
		t.Fatal(why)
	}
	b.Give(first, 0)
	if why, _ := b.Full("a", l, 0, t0); why != abi.ReasonParallel {
		t.Errorf("one is still out: %q", why)
	}
	b.Give(second, 0)
	if why, _ := b.Full("a", l, 0, t0); why != "" {
		t.Errorf("none is out: %q", why)
	}
}

// TestWhatALostWorkerHadOutComesBack: counts heal.
func TestWhatALostWorkerHadOutComesBack(t *testing.T) {
	var s store.Map
	a, b, l := newBoard(&s), newBoard(&s), Limits{Parallel: 2}
	a.Take("x", l, 0, t0, false)
	a.Take("x", l, 0, t0, false)
	b.Worker.Beat(t0)
	if _, why := b.Take("x", l, 0, t0, false); why != abi.ReasonParallel {
		t.Fatalf("two of two are out: %q", why)
	}
	now := t0 + worker.DeadMS // a was lost
	b.Worker.Beat(now)
	for range 2 {
		if _, why := b.Take("x", l, 0, now, false); why != "" {
			t.Errorf("its places did not come back: %q", why)
		}
	}
	if _, why := b.Take("x", l, 0, now, false); why != abi.ReasonParallel {
		t.Errorf("a third: %q", why)
	}
}

// TestHammer: eight workers take and give places at once; no more are ever out than may be, and none is lost.
func TestHammer(t *testing.T) {
	var s store.Map
	const parallel = 5
	l := Limits{RPM: 1_000_000, Parallel: parallel}
	s.Swap(abi.KeyWorkers, nil, 0)
	s.Swap(abi.KeyLimit+"a", nil, 0)
	var mu sync.Mutex
	out, most, took := 0, 0, 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			b := newBoard(&s)
			for range 300 {
				ticket, why := b.Take("a", l, 1, t0, false)
				if why != "" {
					continue
				}
				mu.Lock()
				out++
				took++
				most = max(most, out)
				mu.Unlock()
				mu.Lock()
				out--
				mu.Unlock()
				b.Give(ticket, 2)
			}
		})
	}
	wg.Wait()
	value, _, _ := s.Get(abi.KeyLimit + "a")
	got := parse(value)
	if most > parallel || len(got.InFlight) != 0 || got.Attempts != took || got.Tokens != 2*took {
		t.Errorf("at most %d out, %d took; state %+v", most, took, got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add((&State{BeganMS: 5, Attempts: 1, Tokens: 2, InFlight: []Flight{{worker.ID{Number: 1, Life: 2}, 3}}}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := parse(b)
		if again := parse(s.append(nil)); !reflect.DeepEqual(again, s) {
			t.Fatalf("%+v reads back as %+v", s, again)
		}
	})
}
