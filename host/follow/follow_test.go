package follow

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routeiq/routeiq/abi/update"
)

// TestStart: what a host starts with, by what the agent says and what was kept.
func TestStart(t *testing.T) {
	old, fresh := made(t, "old", plantedKey), made(t, "new", plantedKey)
	const oldTaken, freshTaken = "old " + plantedKey, "new " + plantedKey
	for _, c := range []struct {
		name   string
		kept   *update.Update
		agent  func() (*http.Response, error)
		bad    string
		takes  []string
		have   *update.Update // nil: none
		fails  string
		refuse bool // and the agent was told of the refusal
	}{
		{name: "the agent's", agent: func() (*http.Response, error) { r, _ := serves(t, fresh); return r, nil }, takes: []string{freshTaken}, have: fresh},
		{name: "the agent's in place of what was kept", kept: old, agent: func() (*http.Response, error) { r, _ := serves(t, fresh); return r, nil },
			takes: []string{freshTaken}, have: fresh},
		{name: "kept, the agent is down", kept: old, agent: func() (*http.Response, error) { return nil, errDown }, takes: []string{oldTaken}, have: old},
		{name: "kept, the agent has the same", kept: old, agent: func() (*http.Response, error) { return status(304, ""), nil }, takes: []string{oldTaken}, have: old},
		{name: "kept, the agent sends the same", kept: old, agent: func() (*http.Response, error) { r, _ := serves(t, old); return r, nil }, takes: []string{oldTaken}, have: old},
		{name: "kept, the agent lets nobody in", kept: old, agent: func() (*http.Response, error) { return status(401, ""), nil }, takes: []string{oldTaken}, have: old},
		{name: "kept, the agent's is of no use", kept: old, agent: func() (*http.Response, error) { r, _ := serves(t, fresh); return r, nil }, bad: "new",
			takes: []string{oldTaken}, have: fresh, refuse: true},
		{name: "kept, half an answer", kept: old, agent: func() (*http.Response, error) { return status(200, `{"version":1,"ta`), nil }, takes: []string{oldTaken}, have: old},
		{name: "nothing, and not let in", agent: func() (*http.Response, error) {
			return status(401, `{"error":{"code":"wrong_token","message":"the token is not the agent's"}}`), nil
		}, fails: "agent http://127.0.0.1:1 answered 401 Unauthorized: the token is not the agent's"},
		{name: "nothing, and clear text", agent: func() (*http.Response, error) { return status(403, "<html>"), nil }, fails: "is this the address of a RouteIQ agent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			if c.kept != nil {
				if err := b.keep(c.kept); err != nil {
					t.Fatal(err)
				}
			}
			b.agent.answer = func(string) (*http.Response, error) { return c.agent() }
			if c.bad != "" {
				b.bad[c.bad] = errors.New("the module refuses it")
			}
			err := b.Start(t.Context(), b.take)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b.took(t, c.takes...)
			if b.have != tagOf(t, c.have) {
				t.Errorf("it has %q", b.have)
			}
			if c.refuse {
				b.told(t, update.Result{Node: "n", Revision: "new", Reason: "the module refuses it"})
			}
			if b.result == nil || !b.result.Taken || !strings.HasPrefix(c.takes[0], b.result.Revision) {
				t.Errorf("the agent is to be told %+v", b.result)
			}
			if strings.Contains(b.log.String(), "planted") {
				t.Errorf("a secret is in the log: %s", b.log)
			}
		})
	}
}

// TestStartWaits: without anything kept a host waits for the agent, ever longer, and for its first publication.
func TestStartWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir())
		began := time.Now()
		b.agent.answer = func(string) (*http.Response, error) {
			switch n := len(b.agent.polls); {
			case n <= 5:
				return nil, errDown
			case n == 6:
				return status(503, ""), nil
			case n <= 8:
				return status(304, ""), nil // at once, whatever was asked
			}
			r, _ := serves(t, made(t, "new", plantedKey))
			return r, nil
		}
		if err := b.Start(t.Context(), b.take); err != nil {
			t.Fatal(err)
		}
		b.took(t, "new "+plantedKey)
		// Six pauses of 0.5 s doubled each time, half of that to one and a half, and two of a second.
		if took := time.Since(began); took < 15*time.Second || took > 50*time.Second {
			t.Errorf("it took %s", took)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		b.agent.answer = func(string) (*http.Response, error) { return nil, errDown }
		if err := newBenchOf(t, b.agent).Start(ctx, b.take); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func newBenchOf(t *testing.T, a *agent) *bench {
	b := newBench(t, "")
	b.agent, b.client.Transport = a, a
	return b
}

// TestRun: an unchanged update is no swap, a refused one changes nothing and is not asked for again, the agent is told of each.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := newBench(t, dir)
		first, bad, rotated := made(t, "r1", plantedKey), made(t, "r2", plantedKey), made(t, "r1", plantedKey+"2")
		wrong := made(t, "r3", plantedKey)
		wrong.Revision = "r4" // not its document's
		b.bad["r2"] = errors.New("groups[0]: the module refuses it")
		script := []*update.Update{first, first, bad, first, rotated, wrong, rotated}
		ctx, stop := context.WithCancel(t.Context())
		b.agent.answer = func(string) (*http.Response, error) {
			if len(b.agent.polls) > len(script) {
				stop()
				return nil, ctx.Err()
			}
			r, _ := serves(t, script[len(b.agent.polls)-1])
			return r, nil
		}
		if err := b.Start(ctx, b.take); err != nil {
			t.Fatal(err)
		}
		b.Run(ctx, b.take)
		b.took(t, "r1 "+plantedKey, "r1 "+plantedKey+"2")
		taken := update.Result{Node: "n", Revision: "r1", Taken: true}
		b.told(t, taken, taken, update.Result{Node: "n", Revision: "r2", Reason: "groups[0]: the module refuses it"}, taken, taken,
			update.Result{Node: "n", Revision: "r4", Reason: `the update is of revision "r4", its document of "r3"`}, taken)
		var tags []string
		for _, u := range script {
			tags = append(tags, tagOf(t, u))
		}
		if want := append([]string{""}, tags...); !slices.Equal(b.agent.polls, want) {
			t.Errorf("it showed %q, want %q", b.agent.polls, want)
		}
		if _, tag, err := b.kept(); err != nil || tag != tagOf(t, rotated) {
			t.Errorf("it kept %q %v", tag, err)
		}
		if strings.Contains(b.log.String(), "planted") {
			t.Errorf("a secret is in the log: %s", b.log)
		}
	})
}

// TestRunBacksOff: while the agent cannot be asked, tries are ever rarer, but at least one in 45 s; then it is as before. A
// result that could not be told is told later, and does not hold up the polls.
func TestRunBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		ctx, stop := context.WithCancel(t.Context())
		u := made(t, "r1", plantedKey)
		var asked []time.Time
		b.agent.refuse = 500
		b.agent.answer = func(have string) (*http.Response, error) {
			asked = append(asked, time.Now())
			switch n := len(asked); {
			case n == 1 || have == "":
				r, _ := serves(t, u)
				return r, nil
			case n < 20:
				return nil, errDown
			case n == 20:
				b.agent.refuse = 0
				return status(304, ""), nil
			case n < 25:
				time.Sleep(b.options.Wait)
				return status(304, ""), nil
			}
			stop()
			return nil, ctx.Err()
		}
		if err := b.Start(ctx, b.take); err != nil {
			t.Fatal(err)
		}
		b.Run(ctx, b.take)
		b.took(t, "r1 "+plantedKey)
		b.told(t, update.Result{Node: "n", Revision: "r1", Taken: true})
		for i := 2; i < 20; i++ {
			pause, middle := asked[i].Sub(asked[i-1]), min(firstPause<<(i-2), maxPause)
			if pause < middle/2-time.Millisecond || pause > middle*3/2+time.Millisecond {
				t.Errorf("pause %d is %s, want about %s", i, pause, middle)
			}
		}
		if pause := asked[20].Sub(asked[19]); pause != pollPause {
			t.Errorf("after a poll that ended at once without news it waited %s", pause)
		}
		for i := 21; i < 25; i++ {
			if pause := asked[i].Sub(asked[i-1]); pause != b.options.Wait {
				t.Errorf("poll %d came after %s", i, pause)
			}
		}
	})
}

// TestEndIsNoRefusal: a host that is asked to end while it takes an update does not blame the update.
func TestEndIsNoRefusal(t *testing.T) {
	b := newBench(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	b.agent.answer = func(string) (*http.Response, error) { r, _ := serves(t, made(t, "r1", plantedKey)); return r, nil }
	b.bad["r1"] = context.Canceled
	stop()
	if b.Follower.take(ctx, b.take, made(t, "r1", plantedKey), "tag") || b.result != nil {
		t.Errorf("the agent is to be told %+v", b.result)
	}
}
