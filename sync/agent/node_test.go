package agent

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/follow"
	"github.com/routeiq/routeiq/host/vm"
)

// node is a proxy as it runs anywhere: a host with the real module, which follows the agent. What the agent knows of it, the
// host and its module have told.
type node struct {
	t        *testing.T
	id       string
	module   *vm.Module
	follower *follow.Follower
	host     *host.Host  // nil: it has taken nothing yet
	cut      atomic.Bool // what the module reports does not reach the agent
}

// join starts a node, which runs until the test ends.
func join(t *testing.T, id string, module *vm.Module, to *wire) *node {
	t.Helper()
	n := &node{t: t, id: id, module: module}
	var err error
	n.follower, err = follow.New(follow.Options{
		URL: "http://127.0.0.1:4001", Node: id, Dial: to.dial, Token: func() (abi.Secret, error) { return abi.Secret{Value: token}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.follower.Start(ctx, n.take); err != nil {
			if ctx.Err() == nil {
				t.Errorf("node %s: %v", id, err)
			}
			return
		}
		n.follower.Run(ctx, n.take)
	}()
	t.Cleanup(func() {
		stop()
		<-done
		if n.host != nil {
			if err := n.host.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}
		n.follower.Close()
	})
	return n
}

// take is for the follower: it starts the host with its first configuration, and swaps the next ones in.
func (n *node) take(ctx context.Context, c host.Config) (err error) {
	if n.host != nil {
		return n.host.Swap(ctx, c)
	}
	n.host, err = host.New(ctx, host.Options{Module: n.module, Concurrency: 1, NodeID: n.id, Agent: n}, c)
	return err
}

// RoundTrip implements http.RoundTripper: it is the way of the module's reports to the agent.
func (n *node) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.cut.Load() {
		return nil, errRefused
	}
	return n.follower.RoundTrip(r)
}

// ask sends a request that says something for a model, and returns its answer.
func (n *node) ask(model, says string) *http.Response {
	n.t.Helper()
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]}`, model, says)
	r := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	n.host.ServeHTTP(w, r)
	return w.Result()
}

// serve sends requests for a model, of which some fail.
func (n *node) serve(model string, answered, failed int) {
	n.t.Helper()
	for i := range answered + failed {
		says, want := hello, true
		if i >= answered {
			says, want = fail, false
		}
		if r := n.ask(model, says); (r.StatusCode == http.StatusOK) != want {
			n.t.Fatalf("node %s: request %d for %s: %s", n.id, i, model, r.Status)
		}
	}
}

// runs is the revision of the document that decides the node's requests; empty: it serves nothing.
func (n *node) runs() string {
	if n.host == nil {
		return ""
	}
	return n.ask("other", hello).Header.Get(abi.HeaderRevision)
}
