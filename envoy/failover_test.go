package envoy

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
)

// TestFailover: the attempts of a plan are made in order, whatever ends one before its answer.
func TestFailover(t *testing.T) {
	busy := newUpstream(t, says(http.StatusTooManyRequests, "busy"))
	broken := newUpstream(t, says(http.StatusInternalServerError, "broken"))
	reset := newUpstream(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	wrong := newUpstream(t, says(http.StatusBadRequest, "wrong"))
	good := newUpstream(t, says(http.StatusOK, "good"))
	e := start(t,
		place{id: "refused", url: refused}, place{id: "nameless", url: "http://no-such-host.invalid:80"},
		place{id: "busy", url: busy.URL}, place{id: "broken", url: broken.URL}, place{id: "reset", url: reset.URL},
		place{id: "wrong", url: wrong.URL}, place{id: "good", url: good.URL})
	for _, c := range []struct {
		plan   string
		status int
		body   string
	}{
		{"good", 200, "good"},
		{"refused,good", 200, "good"},
		{"nameless,good", 200, "good"},
		{"busy,good", 200, "good"},
		{"broken,good", 200, "good"},
		{"reset,good", 200, "good"},
		{"refused,nameless,busy,broken,reset,good", 200, "good"},
		{"wrong,good", 400, "wrong"},              // not asked for by the module: passes as it is
		{"refused,busy", 429, "busy"},             // the last answer, when the plan is exhausted
		{"busy,busy,busy,busy,busy", 429, "busy"}, // five attempts and no more
	} {
		t.Run(c.plan, func(t *testing.T) {
			before := len(busy.requests())
			got := send(t, e, c.plan, `{"model":"m"}`)
			if got.status != c.status || got.body != c.body {
				t.Errorf("got %d %q, expected %d %q", got.status, got.body, c.status, c.body)
			}
			if c.plan == "busy,busy,busy,busy,busy" {
				if n := len(busy.requests()) - before; n != 5 {
					t.Errorf("%d attempts were made, expected 5", n)
				}
			}
		})
	}
}

// TestBodyIsSentAgain: each attempt gets the whole body, byte for byte, also a large one.
func TestBodyIsSentAgain(t *testing.T) {
	busy := newUpstream(t, says(http.StatusTooManyRequests, "busy"))
	good := newUpstream(t, says(http.StatusOK, "good"))
	e := start(t, place{id: "refused", url: refused}, place{id: "busy", url: busy.URL}, place{id: "good", url: good.URL})
	for _, size := range []int{0, 1, 16 << 10, 2 << 20, 8 << 20} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			body := make([]byte, size)
			r := rand.New(rand.NewPCG(1, uint64(size)))
			for i := range body {
				body[i] = byte(r.Uint32())
			}
			if got := send(t, e, "refused,busy,good", string(body)); got.status != 200 {
				t.Fatalf("got %d %q", got.status, got.body)
			}
			for name, u := range map[string]*upstream{"busy": busy, "good": good} {
				all := u.requests()
				if last := all[len(all)-1]; !bytes.Equal(last.Body, body) {
					t.Errorf("%s got %d bytes, not the %d that were sent", name, len(last.Body), size)
				}
			}
		})
	}
}

// TestParallelFailover: with a dead first deployment and many clients at once every request is answered. Envoy's default
// circuit breakers would fail nearly all of them.
func TestParallelFailover(t *testing.T) {
	good := newUpstream(t, says(http.StatusOK, "good"))
	e := start(t, place{id: "refused", url: refused}, place{id: "good", url: good.URL})
	const clients, each = 64, 20
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range each {
				if got, err := post(e, "refused,good", "{}"); err != nil || got.status != 200 {
					t.Errorf("got %d %q, %v", got.status, got.body, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(good.requests()); n != clients*each {
		t.Errorf("the upstream got %d requests, expected %d", n, clients*each)
	}
}
