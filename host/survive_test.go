package host

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// failures are the ways in which a guest can fail.
var failures = []string{"panic", "exit", "loop", "hog", "action", "status", "map", "memory"}

// TestSurvives is every way to fail, in every callback, under both policies: the request gets the policy, the VM is
// replaced, and a stream in another VM notices nothing.
func TestSurvives(t *testing.T) {
	callbacks := []struct {
		name           string
		deny, goOn     string // what the client gets: a status and body, or "cut"
		tries, goOnDie int    // VMs lost under "continue": the request begins again and fails again
	}{
		{"router-request", "503", "503", 1, 2},
		{"router-body", "503", "503", 1, 2},
		{"adapter-request", "503", "503", 1, 2},
		{"adapter-answer", "503", "200 fine", 1, 1},
		{"adapter-answer-body", "cut", "200 fine", 1, 1},
		{"router-answer", "503", "200 fine", 1, 1},
		{"router-answer-body", "cut", "200 fine", 1, 1},
	}
	for _, policy := range []abi.OnError{abi.OnErrorDeny, abi.OnErrorContinue} {
		t.Run(string(policy), func(t *testing.T) {
			b, release, bystander := survivor(t, policy)
			for _, callback := range callbacks {
				for i, how := range failures {
					if i > 1 && (callback.name == "router-body" || callback.name == "router-answer") {
						continue // two ways are enough where nothing else differs
					}
					t.Run(callback.name+" "+how, func(t *testing.T) {
						want, dead := callback.deny, int64(callback.tries)
						if policy == abi.OnErrorContinue {
							want, dead = callback.goOn, int64(callback.goOnDie)
						}
						before := b.traps.Load()
						if got := b.outcome(t, "x-attempts: ok", "x-fail: "+callback.name+" "+how); got != want {
							t.Errorf("the client got %q, want %q", got, want)
						}
						if n := b.traps.Load() - before; n != dead {
							t.Errorf("%d VMs were lost, want %d", n, dead)
						}
						b.alive(t)
						if got := b.outcome(t, "x-attempts: ok"); got != "200 fine" {
							t.Errorf("the next request got %q", got)
						}
					})
				}
			}
			close(release)
			body, err := io.ReadAll(bystander.Body)
			if err != nil || string(body) != "slow but fine" {
				t.Errorf("the stream in another VM: %q %v", body, err)
			}
			must(t, bystander.Body.Close())
			if n := strings.Count(b.log.String(), "a VM failed and is replaced"); int64(n) != b.traps.Load() {
				t.Errorf("%d VMs failed, and %d lines say so", b.traps.Load(), n)
			}
			b.Host.decisions.flush()
			if !strings.Contains(b.decisions.String(), `"lost":"vm"`) {
				t.Error("no decision is logged as lost")
			}
		})
	}
}

// survivor is a bench of three VMs, one of which holds a stream that nothing must disturb.
func survivor(t *testing.T, policy abi.OnError) (b *bench, release chan struct{}, bystander *http.Response) {
	t.Helper()
	release = make(chan struct{})
	b = newBench(t, map[string]string{"ok": upstreamServer(t, chunks("fi", "ne")), "slow": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		must(t, http.NewResponseController(w).Flush())
		<-release
		if _, err := io.WriteString(w, "slow but fine"); err != nil {
			t.Error(err)
		}
	})}, func(o *Options, c *Config) {
		o.CallLimit, o.MemoryLimit, o.Concurrency = 200*time.Millisecond, 64<<20, 3
		c.Document.OnError = policy
	})
	return b, release, b.open(t, t.Context(), "hello", "x-attempts: slow")
}

// chunks answers with pieces, each sent for itself.
func chunks(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		for _, piece := range pieces {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
			if http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	}
}

// outcome is what a client gets, in one word: "200 text", "503" for the error of a module that failed, "cut".
func (b *bench) outcome(t *testing.T, headers ...string) string {
	t.Helper()
	response, err := b.send(t.Context(), "hello", headers...)
	if err != nil {
		return "cut"
	}
	defer func() { must(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return "cut"
	case response.Header.Get("X-Request-Id") == "" || response.Header.Get("X-Routeiq-Retry") != "":
		return fmt.Sprint("headers ", response.Header)
	case response.StatusCode == 503 && strings.HasPrefix(string(body), `{"error":{"message":`) && strings.Contains(string(body), `"code":"module_failed"`):
		return "503"
	}
	return fmt.Sprint(response.StatusCode, " ", string(body))
}

// alive waits until every VM serves again.
func (b *bench) alive(t *testing.T) {
	t.Helper()
	g := b.generation.Load()
	for i := range g.members {
		if m := g.members[i].Load(); m == nil || m.worker.vm.Trapped() != nil {
			if _, err := b.revive(t.Context(), g, i); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestBeginsAgain: under "continue" a request whose VM failed before anything was sent is served by another VM, once, as
// it came; and one that was sent is not.
func TestBeginsAgain(t *testing.T) {
	reached := &seen{}
	b := newBench(t, map[string]string{"ok": upstreamServer(t, reached.handler(200)), "429": upstreamServer(t, status(429, "slow down"))}, func(_ *Options, c *Config) {
		c.Document.OnError = abi.OnErrorContinue
	})
	for i, tt := range []struct{ headers, want string }{
		{"x-fail: router-request panic a", "200 "},
		{"x-fail: router-body panic b", "200 "},
		{"x-fail: adapter-request panic c", "200 "},
	} {
		if got := b.outcome(t, "x-attempts: ok", "x-request-id: mine", tt.headers); got != tt.want {
			t.Errorf("%s: %q", tt.headers, got)
		}
		requests, bodies := reached.all()
		if len(requests) != i+1 || bodies[i] != "hello|ok" || requests[i].Header.Get("X-Request-Id") != "mine" {
			t.Errorf("%s: the upstream got %d requests, the last %q", tt.headers, len(requests), bodies)
		}
		if d := b.decided(t, i+1); d.Attempts != 1 || d.Verdict.Code != 200 {
			t.Errorf("%s: %+v", tt.headers, d)
		}
		b.alive(t)
	}
	// The second attempt's adapter fails: the first has been sent.
	response, err := b.send(t.Context(), "hello", "x-attempts: 429,ok", "x-fail: adapter-request panic d")
	if err != nil {
		t.Fatal(err)
	}
	must(t, response.Body.Close())
	if response.StatusCode != 200 { // the failure was the first attempt's: nothing had been sent
		t.Errorf("%d", response.StatusCode)
	}
	b.alive(t)
	before := b.traps.Load()
	if got := b.outcome(t, "x-attempts: 429,ok", "x-fail: adapter-answer panic"); got != "429 slow down" || b.traps.Load() != before+1 {
		t.Errorf("an answer that could not be read: %q", got)
	}
}

// TestUnreadStream: a stream whose headers the adapter still holds goes on unread, without what is the proxy's alone.
func TestUnreadStream(t *testing.T) {
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Routeiq-Deployment", "forged")
		w.Header().Set(http.TrailerPrefix+"X-Checksum", "9")
		for _, piece := range []string{"dat", "a: 1\n\n", "data: 2\n\n"} {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
			must(t, http.NewResponseController(w).Flush())
		}
	})}, func(_ *Options, c *Config) { c.Document.OnError = abi.OnErrorContinue })
	got := b.call(t, "hello", "x-attempts: a,a", "x-fail: adapter-answer-body panic")
	if got.status != 200 || got.body != "data: 1\n\ndata: 2\n\n" || got.header.Get("X-Routeiq-Deployment") != "" {
		t.Errorf("%+v", got)
	}
}

// TestAllVMsDead: a module that cannot be replaced at once must not take the host with it: with all VMs dead the next
// request revives one.
func TestAllVMsDead(t *testing.T) {
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine"))}, func(o *Options, _ *Config) { o.Concurrency = 1 })
	for range 3 {
		if got := b.outcome(t, "x-fail: router-request panic"); got != "503" {
			t.Error(got)
		}
		if got := b.outcome(t, "x-attempts: ok"); got != "200 fine" {
			t.Error(got)
		}
	}
}

// TestHammer: requests, configurations and failing VMs at once. Each request gets an answer that is one of those there
// are, and in the end every VM serves.
func TestHammer(t *testing.T) {
	b := newBench(t, map[string]string{"ok": upstreamServer(t, chunks("fi", "ne"))}, func(o *Options, c *Config) {
		o.Concurrency = 3
		c.Document.OnError = abi.OnErrorContinue
	})
	allowed := map[string]bool{"200 fine": true, "503": true, "cut": true}
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for n := range 60 {
				headers := []string{"x-attempts: ok"}
				if n%10 == i {
					headers = append(headers, "x-fail: "+[]string{"router-request panic", "adapter-answer action", "router-answer-body exit", "adapter-request panic"}[i])
				}
				if got := b.outcome(t, headers...); !allowed[got] {
					t.Errorf("%v: %q", headers, got)
				}
			}
		})
	}
	policies := []abi.OnError{abi.OnErrorContinue, abi.OnErrorDeny}
	for i := range 12 {
		next := b.config
		next.Document.Revision, next.Document.OnError = fmt.Sprint("r", i), policies[i%2]
		must(t, b.Swap(t.Context(), next))
	}
	last := b.config
	last.Document.OnError = abi.OnErrorContinue
	must(t, b.Swap(t.Context(), last))
	clients.Wait()
	b.alive(t)
	for range 6 {
		if got := b.outcome(t, "x-attempts: ok"); got != "200 fine" {
			t.Errorf("at the end: %q", got)
		}
	}
}
