package envoy

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// settled is what the guest's router read when the stream was done: flags (hexadecimal)/code/details.
type settled struct {
	Made         int
	Answer, Done string
}

func lastSettled(t *testing.T, e *envoytest.Envoy, n int) settled {
	t.Helper()
	all := envoytest.Decisions(t, e.AccessLog(n))
	var s settled
	if err := json.Unmarshal(all[len(all)-1], &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWhatEnvoySaysOfFailures holds what the module's settling of attempts relies on: the flags and details Envoy gives to the
// router role when nothing, or only a part, came back. An Envoy that says something else fails here first.
func TestWhatEnvoySaysOfFailures(t *testing.T) {
	busy := newUpstream(t, says(http.StatusTooManyRequests, "busy"))
	reset := newUpstream(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	cut := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("content-type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	in := input(t,
		place{id: "refused", url: refused}, place{id: "nameless", url: "http://no-such-host.invalid:80"}, place{id: "busy", url: busy.URL},
		place{id: "reset", url: reset.URL}, place{id: "cut", url: cut.URL}, place{id: "silent", url: silent(t)})
	for i := range in.Config.Groups[0].Deployments {
		in.Config.Groups[0].Deployments[i].TimeoutMS = 700 // so that a silent attempt ends in the test's time
	}
	e := envoytest.Start(t, render(t, in), envoytest.Options{})
	const connect = "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}"
	const lost = "upstream_reset_before_response_started{connection_termination}"
	n := 0
	for _, c := range []struct {
		plan, words string
		status      int
		body        string // of the answer; begins with
		made        int
		done        string
	}{
		{"refused", "", 503, "upstream connect error", 1, "8020/503/" + connect},
		{"refused,nameless", "", 503, "upstream connect error", 2, "8020/503/" + connect},
		{"reset", "", 503, "upstream connect error", 1, "8040/503/" + lost},
		{"busy", "", 429, "busy", 1, "8000/429/via_upstream"},
		{"silent", "", 504, "upstream request timeout", 1, "8004/504/upstream_per_try_idle_timeout"},
		{"silent", "timeout=100", 504, "upstream request timeout", 1, "4/504/response_timeout"},
		{"silent,busy", "", 429, "busy", 2, "8000/429/via_upstream"},
		{"unknown", "", 503, "", 0, "1000000/503/cluster_not_found"},
		{"busy", "local", 418, "guest: local", 1, "0/418/"},                    // the adapter answers: no further attempt, no details
		{"refused,busy", "local", 418, "guest: local", 1, "0/418/"},            // before any connection
		{"refused", "replace", 418, "guest: replaced", 1, "8020/418/"},         // the router replaces Envoy's answer: details are gone
		{"silent", "replace timeout=100", 418, "guest: replaced", 1, "4/418/"}, // a deadline's too
	} {
		t.Run(strings.TrimSpace(c.plan+" "+c.words), func(t *testing.T) {
			got := send(t, e, c.plan, "{}", "x-guest", c.words)
			if got.status != c.status || !strings.HasPrefix(got.body, c.body) {
				t.Errorf("got %d %q, expected %d %q…", got.status, got.body, c.status, c.body)
			}
			n++
			if s := lastSettled(t, e, n); s.Made != c.made || s.Done != c.done {
				t.Errorf("the router read %q after %d attempts, expected %q after %d", s.Done, s.Made, c.done, c.made)
			}
		})
	}
	t.Run("cut", func(t *testing.T) {
		raw := rawRequest(t, e, "POST / HTTP/1.1\r\nhost: x\r\nx-plan: cut\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
		if !strings.Contains(raw, "data: 1") || strings.HasSuffix(raw, "0\r\n\r\n") {
			t.Errorf("got %q, expected the first event and no end", raw)
		}
		n++
		s := lastSettled(t, e, n)
		if flags, _, _ := strings.Cut(s.Done, "/"); flags != "800000" && flags != "40" {
			t.Errorf("the router read %q, expected a lost or broken upstream connection", s.Done)
		}
		if !strings.Contains(s.Done, "/200/upstream_reset_after_response_started{") {
			t.Errorf("the router read %q", s.Done)
		}
	})
	t.Run("client leaves", func(t *testing.T) {
		c := dial(t, e)
		if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nhost: x\r\nx-plan: silent\r\ncontent-length: 2\r\n\r\n{}"); err != nil {
			t.Fatal(err)
		}
		awaitStat(t, e, "cluster.routeiq_silent.upstream_rq_active", 1)
		c.Close()
		n++
		if s := lastSettled(t, e, n); s.Made != 1 || s.Done != "4000/-/downstream_remote_disconnect" {
			t.Errorf("the router read %q after %d attempts", s.Done, s.Made)
		}
	})
	t.Run("client leaves in its body", func(t *testing.T) {
		c := dial(t, e)
		if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nhost: x\r\nx-plan: silent\r\ncontent-length: 20\r\n\r\n{}"); err != nil {
			t.Fatal(err)
		}
		awaitStat(t, e, "http.routeiq.downstream_rq_active", 1)
		c.Close()
		n++
		if s := lastSettled(t, e, n); s.Made != 0 || s.Done != "4000/-/downstream_remote_disconnect" {
			t.Errorf("the router read %q after %d attempts", s.Done, s.Made)
		}
	})
}

// TestTooLargeBody: the module refuses before Envoy does, and Envoy does where the module lets a body grow.
func TestTooLargeBody(t *testing.T) {
	up := newUpstream(t, says(200, "ok"))
	in := input(t, place{id: "up", url: up.URL})
	in.Config.Limits.MaxBodyBytes = 100_000
	e := envoytest.Start(t, render(t, in), envoytest.Options{})
	for _, c := range []struct {
		size   int
		words  string
		status int
		body   string
	}{
		{100_000, "", 200, "ok"},
		{100_001, "", 413, "guest: too large"},
		{1_000_000, "", 413, "guest: too large"},
		{1_000_000, "envoy413", 200, "ok"},
		{2_000_000, "envoy413", 413, "Payload Too Large"},
		{2_000_000, "envoy413 replace", 418, "guest: replaced"},
	} {
		got := send(t, e, "up", strings.Repeat("x", c.size), "x-guest", c.words)
		if got.status != c.status || got.body != c.body {
			t.Errorf("%d bytes, %q: got %d %q, expected %d %q", c.size, c.words, got.status, got.body, c.status, c.body)
		}
	}
}

// awaitStat waits until a gauge has a value; Envoy tells only when asked.
func awaitStat(t *testing.T, e *envoytest.Envoy, name string, value int64) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for {
		got := e.Stats("^" + name + "$")[name]
		if got == value {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s is %d, expected %d", name, got, value)
		}
	}
}
