package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// run polls in a bubble until the time is over, and returns what happened, one word and second each.
func run(t *testing.T, p *Poller, until time.Duration, during func(start time.Time)) []string {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), until)
	defer cancel()
	var got []string
	ended := make(chan error)
	go func() {
		ended <- p.Run(ctx, func(_ context.Context, e Event) {
			word := "failed"
			switch {
			case e.Err == nil:
				word = string(e.Document.Body)
			case errors.Is(e.Err, ErrNotModified):
				word = "same"
			}
			next := "-"
			if !e.Next.IsZero() {
				next = fmt.Sprint(e.Next.Sub(start).Seconds())
			}
			got = append(got, fmt.Sprintf("%v:%s:%d:%s", e.At.Sub(start).Seconds(), word, e.Failures, next))
		})
	}()
	if during != nil {
		during(start)
	}
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("run: %v", err)
	}
	return got
}

func expect(t *testing.T, got []string, want string) {
	t.Helper()
	if w := strings.Fields(want); !slices.Equal(got, w) {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func steady(s Source) *Poller {
	p := NewPoller(s)
	p.Jitter = -1
	return p
}

// TestInterval: at the start and each minute, the wait spread by chance.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expect(t, run(t, steady(fixed("s", "one")), 170*time.Second, nil), "0:one:0:60 60:same:0:120 120:same:0:180")
	})
	synctest.Test(t, func(t *testing.T) {
		p := NewPoller(fixed("s", "one"))
		chances := []float64{0, 0.5, 0.75}
		p.Chance = func() float64 { c := chances[0]; chances = append(chances[1:], c); return c }
		expect(t, run(t, p, 3*time.Minute, nil), "0:one:0:54 54:same:0:114 114:same:0:177 177:same:0:231")
	})
	synctest.Test(t, func(t *testing.T) { // by real chance: within the bound
		var gaps []time.Duration
		last := time.Now()
		p := NewPoller(fixed("s", "one"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_ = p.Run(ctx, func(_ context.Context, e Event) { gaps = append(gaps, e.At.Sub(last)); last = e.At })
		gaps = gaps[1:]
		if lo, hi := slices.Min(gaps), slices.Max(gaps); lo < 54*time.Second || hi > 66*time.Second || lo == hi {
			t.Errorf("waits from %v to %v", lo, hi)
		}
	})
}

// TestBackoff: waits double from a second to the longest, end with the first answer, and give way to what a server asks for.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := &script{name: "s", answer: func(context.Context, Revision) (Document, error) {
			switch n++; n {
			case 6:
				return Document{Body: []byte("one"), Revision: "r"}, nil
			case 8:
				return Document{}, &Error{URL: "s", Reason: ErrFailing, RetryAfter: 7 * time.Second}
			case 9:
				return Document{}, &Error{URL: "s", Reason: ErrFailing, RetryAfter: time.Hour}
			}
			return Document{}, errors.New("down")
		}}
		p := steady(s)
		p.RetryMax = 9 * time.Second
		expect(t, run(t, p, 2*time.Minute+10*time.Second, nil), `0:failed:1:1 1:failed:2:3 3:failed:3:7 7:failed:4:15 15:failed:5:24
			24:one:0:84 84:failed:1:85 85:failed:2:92 92:failed:3:101 101:failed:4:109 109:failed:5:118 118:failed:6:127 127:failed:7:136`)
	})
}

// TestWoken: a change and a trigger do not wait, for the interval or the back-off; a trigger during a fetch is followed by
// another, many by one.
func TestWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "s", changed: make(chan struct{}, 1)}
		var failing atomic.Bool
		s.answer = func(ctx context.Context, have Revision) (Document, error) {
			time.Sleep(time.Second)
			if failing.Load() {
				return Document{}, errors.New("down")
			}
			return Since(have, "", Document{Body: []byte("one")})
		}
		p := steady(s)
		p.RetryMin = 50 * time.Second
		got := run(t, p, 2*time.Minute, func(start time.Time) {
			time.Sleep(10 * time.Second)
			s.changed <- struct{}{}
			time.Sleep(10 * time.Second)
			p.Trigger()
			time.Sleep(time.Second / 2)
			p.Trigger()
			p.Trigger()
			time.Sleep(10 * time.Second)
			failing.Store(true)
			p.Trigger()
			time.Sleep(10 * time.Second)
			failing.Store(false)
			p.Trigger()
		})
		expect(t, got, "0:one:0:61 10:same:0:71 20:same:0:81 21:same:0:82 30.5:failed:1:81.5 40.5:same:0:101.5 101.5:same:0:162.5")
	})
}

// TestNever: without polling, only the start and triggers fetch; the start is tried until it succeeds.
func TestNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := &script{name: "s", changed: make(chan struct{}, 1)}
		s.answer = func(_ context.Context, have Revision) (Document, error) {
			if n++; n == 1 {
				return Document{}, errors.New("down")
			}
			return Since(have, "", Document{Body: []byte("one")})
		}
		p := steady(s)
		p.Interval = Never
		s.changed <- struct{}{}
		got := run(t, p, time.Hour, func(time.Time) {
			time.Sleep(10 * time.Minute)
			p.Trigger()
		})
		expect(t, got, "0:failed:1:1 1:one:0:- 600:same:0:-")
	})
}

// TestTimeout: a fetch that hangs is given up, and is a failure.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{name: "s", answer: func(ctx context.Context, _ Revision) (Document, error) {
			<-ctx.Done()
			return Document{}, ctx.Err()
		}}
		var events []Event
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		p := steady(s)
		if err := p.Run(ctx, func(_ context.Context, e Event) { events = append(events, e) }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("run: %v", err)
		}
		if len(events) != 1 || !errors.Is(events[0].Err, ErrLate) {
			t.Errorf("events %v", events) // the second fetch ends with the run, which is no failure
		}
	})
}

// TestFull: a server that says "not modified" of other content, under the same ETag, is found out by the fetch without a
// condition, which otherwise is "not modified" as well.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, n := "one", 0
		s := &script{name: "s", answer: func(_ context.Context, have Revision) (Document, error) {
			if n++; n == 6 { // between the full fetches, which are the fifth and the ninth
				body = "two"
			}
			if have.Validator() == "etag" {
				return Document{}, ErrNotModified
			}
			return Since(have, "etag", Document{Body: []byte(body)})
		}}
		p := steady(s)
		p.Full = 3
		got := run(t, p, 9*time.Minute+time.Second, nil)
		expect(t, got, "0:one:0:60 60:same:0:120 120:same:0:180 180:same:0:240 240:same:0:300 300:same:0:360 360:same:0:420 420:same:0:480 480:two:0:540 540:same:0:600")
	})
}

// TestHave: a revision that its owner did not take comes again.
func TestHave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var taken atomic.Value
		taken.Store(Revision(""))
		p := steady(fixed("s", "one"))
		p.Have = func() Revision { return taken.Load().(Revision) }
		got := run(t, p, 4*time.Minute-time.Second, func(time.Time) {
			time.Sleep(90 * time.Second)
			taken.Store(Seal("", Document{Body: []byte("one")}))
		})
		expect(t, got, "0:one:0:60 60:one:0:120 120:same:0:180 180:same:0:240")
	})
}
