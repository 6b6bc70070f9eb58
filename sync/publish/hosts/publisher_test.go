package hosts

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/sync/publish"
)

const planted = "sk-planted-91c4"

// heard is publish.Nodes that remembers what it was told, without the times.
type heard struct {
	mu    sync.Mutex
	lines []string
}

var _ publish.Nodes = (*heard)(nil)

func (h *heard) add(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, fmt.Sprintf(format, args...))
}

func (h *heard) Sent(node string, kind publish.Kind, revision string, _ time.Time) {
	h.add("sent %s %s %s", node, kind, revision)
}
func (h *heard) Accepted(node, revision string, _ time.Time) { h.add("accepted %s %s", node, revision) }
func (h *heard) Refused(node, revision, reason string, _ time.Time) {
	h.add("refused %s %s %s", node, revision, reason)
}
func (h *heard) Gone(node string, _ time.Time) { h.add("gone %s", node) }
func (h *heard) Reported(r *abi.Report, _ time.Time) {
	h.add("reported %s %d %s", r.Node, r.Worker, r.Revision)
}

// since returns what was heard since it was asked last.
func (h *heard) since() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := h.lines
	h.lines = nil
	return lines
}

func (h *heard) want(t *testing.T, lines ...string) {
	t.Helper()
	if got := h.since(); !slices.Equal(got, lines) {
		t.Errorf("heard %q, want %q", got, lines)
	}
}

func publication(revision, key string) *publish.Publication {
	return &publish.Publication{
		Revision: revision, Config: abi.Config{Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: revision},
		Credentials: []abi.Credential{{Name: "d", Parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Value: key}}}}},
	}
}

func (p *Publisher) must(t *testing.T, publication *publish.Publication) {
	t.Helper()
	if err := p.Publish(t.Context(), publication); err != nil {
		t.Fatal(err)
	}
}

// poll asks as a host on this machine.
func poll(ctx context.Context, p *Publisher, node, have, wait string) *httptest.ResponseRecorder {
	query := url.Values{update.QueryNode: {node}, update.QueryHave: {have}, update.QueryWait: {wait}}
	return ask(ctx, p, "GET", update.PathUpdate+"?"+query.Encode(), "")
}

func ask(ctx context.Context, p *Publisher, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:5000"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// tag reads the update of an answer.
func tag(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	_, tag, err := update.Decode(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

// TestLongPoll: a host waits for what it does not have, and only for that.
func TestLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := &heard{}
		p := New(Options{Nodes: nodes})
		defer p.Close()
		began := time.Now()
		if w := poll(t.Context(), p, "n1", "", "30s"); w.Code != http.StatusNotModified || time.Since(began) != 30*time.Second {
			t.Errorf("nothing was published: %d after %s", w.Code, time.Since(began))
		}
		answers := make(chan *httptest.ResponseRecorder, 1)
		go func() { answers <- poll(t.Context(), p, "n1", "", "30s") }()
		synctest.Wait()
		nodes.want(t)
		p.must(t, publication("a", planted))
		nodes.want(t, "sent n1 host a") // before Publish returned
		first := tag(t, <-answers)
		if !strings.HasPrefix(first, "a-") {
			t.Errorf("tag %q", first)
		}
		p.must(t, publication("a", planted)) // the same is no news
		began = time.Now()
		if w := poll(t.Context(), p, "n1", first, "10s"); w.Code != http.StatusNotModified || time.Since(began) != 10*time.Second || w.Body.Len() > 0 {
			t.Errorf("%d after %s: %s", w.Code, time.Since(began), w.Body)
		}
		nodes.want(t)
		p.must(t, publication("b", planted))
		nodes.want(t) // nobody waits
		began = time.Now()
		second := tag(t, poll(t.Context(), p, "n1", first, "10s"))
		if !strings.HasPrefix(second, "b-") || time.Since(began) != 0 {
			t.Errorf("tag %q after %s", second, time.Since(began))
		}
		nodes.want(t, "sent n1 host b")
		p.must(t, publication("b", "sk-rotated")) // a key that changed alone is news of the same revision
		if third := tag(t, poll(t.Context(), p, "n1", second, "0s")); third == second || !strings.HasPrefix(third, "b-") {
			t.Errorf("tag %q", third)
		}
		if w := poll(t.Context(), p, "n1", "b-wrong", "0s"); w.Code != http.StatusOK {
			t.Errorf("who has something else is sent what is current: %d", w.Code)
		}
	})
}

// TestWhoIsNewSaysAgain: an agent that was started anew sends what is current also to who has it, and so learns who runs it.
func TestWhoIsNewSaysAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := &heard{}
		before, after := New(Options{Nodes: &heard{}}), New(Options{Nodes: nodes})
		defer before.Close()
		defer after.Close()
		before.must(t, publication("a", planted))
		after.must(t, publication("a", planted))
		has := tag(t, poll(t.Context(), before, "n", "", "0s"))
		if again := tag(t, poll(t.Context(), after, "n", has, "30s")); again != has {
			t.Errorf("tags %q %q", has, again)
		}
		if w := poll(t.Context(), after, "n", has, "1s"); w.Code != http.StatusNotModified {
			t.Errorf("the second time: %d", w.Code)
		}
		nodes.want(t, "sent n host a")
	})
}

// TestGone: a host is gone three waits after its last poll ended, and not while one is under way.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := &heard{}
		p := New(Options{Nodes: nodes})
		defer p.Close()
		p.must(t, publication("a", planted))
		has := tag(t, poll(t.Context(), p, "n", "", "10s"))
		nodes.want(t, "sent n host a")
		time.Sleep(29 * time.Second)
		if w := poll(t.Context(), p, "n", has, "10s"); w.Code != http.StatusNotModified {
			t.Fatal(w.Code)
		}
		time.Sleep(29 * time.Second)
		synctest.Wait()
		nodes.want(t)
		time.Sleep(time.Second)
		synctest.Wait()
		nodes.want(t, "gone n")
		time.Sleep(time.Hour)
		synctest.Wait()
		nodes.want(t)
		tag(t, poll(t.Context(), p, "n", has, "10s")) // it is new again
		nodes.want(t, "sent n host a")
		// A longer poll than three waits of before is no silence; and who does not wait has a second between polls.
		if w := poll(t.Context(), p, "n", has, "4m"); w.Code != http.StatusNotModified {
			t.Fatal(w.Code)
		}
		poll(t.Context(), p, "n", has, "0s")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		nodes.want(t)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		nodes.want(t, "gone n")
	})
}

// TestWhoLeftWasOfferedNothing: a host whose connection broke while it waited is offered the update when it asks again.
func TestWhoLeftWasOfferedNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := &heard{}
		p := New(Options{Nodes: nodes})
		defer p.Close()
		ctx, leave := context.WithCancel(t.Context())
		var polls sync.WaitGroup
		polls.Go(func() { poll(ctx, p, "n", "", "30s") })
		synctest.Wait()
		leave()
		polls.Wait()
		p.must(t, publication("a", planted))
		nodes.want(t)
		tag(t, poll(t.Context(), p, "n", "", "30s"))
		nodes.want(t, "sent n host a")
	})
}

func TestCloseEndsPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nodes := &heard{}
		p := New(Options{Nodes: nodes})
		var polls sync.WaitGroup
		for n := range 3 {
			polls.Go(func() {
				if w := poll(t.Context(), p, fmt.Sprint("n", n), "", "30s"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		p.Close()
		p.Close()
		polls.Wait()
		if time.Since(began) != 0 {
			t.Errorf("it took %s", time.Since(began))
		}
		if err := p.Publish(t.Context(), publication("a", planted)); err == nil {
			t.Error("a closed publisher publishes")
		}
		if w := poll(t.Context(), p, "n1", "", "30s"); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%d", w.Code)
		}
		time.Sleep(time.Hour)
		nodes.want(t) // nobody is gone: the agent is
	})
}

// TestResultsAndReports: what hosts and modules say is told on, in their order; what is no message is refused and is not.
func TestResultsAndReports(t *testing.T) {
	nodes, log := &heard{}, &bytes.Buffer{}
	p := New(Options{Nodes: nodes, Log: slog.New(slog.NewTextHandler(log, nil))})
	defer p.Close()
	for _, c := range []struct {
		path, body string
		status     int
		says       string
		heard      []string
	}{
		{update.PathResult, `{"node":"n","revision":"a","taken":true}`, 204, "", []string{"sent n host a", "accepted n a"}}, // it was not known
		{update.PathResult, `{"node":"n","revision":"b","taken":false,"reason":"no\u001b good"}`, 204, "", []string{"refused n b no good"}},
		{update.PathResult, `{"node":"n","revision":"b","taken":false}`, 400, "why not", nil},
		{update.PathResult, `{"node":"n n","revision":"b","taken":true}`, 400, "a node", nil},
		{update.PathResult, `{"node":"n","revision":"b","taken":true,"later":1}`, 400, "later", nil},
		{update.PathResult, `{"node":"n","revision":"b","taken":true}{}`, 400, "single JSON object", nil},
		{update.PathResult, `{"node":"n","rev`, 400, "unexpected EOF", nil},
		{update.PathResult, `{"node":"` + strings.Repeat("x", maxResult) + `"}`, 413, "more than 16384 bytes", nil},
		{abi.PathReport, `{"node":"n","worker":1,"revision":"a","document":"d","started_ms":1,"now_ms":2}`, 204, "", []string{"reported n 1 a"}},
		{abi.PathReport, `{"worker":1,"revision":"a","document":"d","started_ms":1,"now_ms":2}`, 400, "--node-id", nil},
		{abi.PathReport, `[]`, 400, "none of this version", nil},
	} {
		w := ask(t.Context(), p, "POST", c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%.60s: %d %s", c.body, w.Code, w.Body)
		}
		nodes.want(t, c.heard...)
	}
	if !strings.Contains(log.String(), "no good") || !strings.Contains(log.String(), "revision=b") {
		t.Errorf("the log lacks the refusal: %s", log)
	}
	for target, says := range map[string]string{
		update.PathUpdate + "?wait=1s": "--node-id", update.PathUpdate + "?node=n": "wait", update.PathUpdate + "?node=n&wait=-1s": "wait",
		update.PathUpdate + "?node=n&wait=6m": "5m0s",
	} {
		if w := ask(t.Context(), p, "GET", target, ""); w.Code != 400 || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	nodes.want(t)
}

// TestPathsAreAll: what Paths says is mounted is what the handler answers.
func TestPathsAreAll(t *testing.T) {
	p := New(Options{Nodes: &heard{}})
	defer p.Close()
	for _, pattern := range Paths() {
		method, path, _ := strings.Cut(pattern, " ")
		if w := ask(t.Context(), p, method, path, ""); w.Code != 400 {
			t.Errorf("%s: %d", pattern, w.Code)
		}
	}
	if w := ask(t.Context(), p, "GET", "/", ""); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}
