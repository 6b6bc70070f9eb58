package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/agent"
)

// TestKilledAtEveryStep: kill -9 of the agent at every step of a publication. The host with the real module serves all the time,
// by what it had or by what is new, and the next agent goes on: the new revision is run, and found good.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	places := make(chan struct{}, 4) // they wait for most of their time: for a source's second, a host's poll, a watch's end
	var all sync.WaitGroup
	for _, step := range agent.Steps {
		if step == agent.Back {
			continue // no way of a good document
		}
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			t.Run(string(step), func(t *testing.T) { killedAt(t, step) })
		})
	}
	all.Wait()
}

func killedAt(t *testing.T, step agent.Step) {
	state, config, armed := t.TempDir(), filepath.Join(t.TempDir(), "config.yaml"), filepath.Join(t.TempDir(), "armed")
	replace(t, config, mocked("before"))
	args := []string{"--xds", "", "--admin", "127.0.0.1:0", "--config", config, "--watch", "1s"}
	a := startAgent(t, state, []string{killAt + "=" + string(step), killFile + "=" + armed}, args...)
	args[3] = strings.TrimPrefix(a.admin, "http://")
	h := startHost(t, a.admin, "host-1")
	first := a.until("good", func(s *statusOf) bool { return acknowledged(1)(s) && s.State == "good" })
	if err := os.WriteFile(armed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	replace(t, config, mocked("after"))
	select {
	case <-a.ended:
	case <-time.After(40 * time.Second):
		t.Fatalf("it never came to %s", step)
	}
	for range 20 {
		if status, text := h.chat("chat"); status != 200 || !strings.Contains(text, "before") && !strings.Contains(text, "after") {
			t.Fatalf("while no agent runs: %d %s", status, text)
		}
	}
	b := startAgent(t, state, nil, args...)
	h.says("after")
	b.until("good", func(s *statusOf) bool {
		return acknowledged(1)(s) && s.State == "good" && s.Revision != first.Revision && s.Last == nil
	})
}
