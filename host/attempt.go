package host

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/upstream"
	"github.com/routeiq/routeiq/host/vm"
)

var (
	errDeadline = errors.New("the request's deadline passed")
	errSilence  = errors.New("the upstream was silent too long")
	errTryTime  = errors.New("the attempt's time to be answered passed")
	errRetry    = errors.New("the module asks for another attempt")
)

// attempts makes attempts until one is answered or no other may be made: Envoy's router with retry_on
// "reset,connect-failure,retriable-headers" and refresh_cluster_on_retry.
func (x *exchange) attempts() {
	retries := takeNumber(x.request, abi.HeaderEnvoyMaxRetries)
	x.tryTime = time.Duration(takeNumber(x.request, abi.HeaderEnvoyPerTryTimeout)) * time.Millisecond
	if ms := takeNumber(x.request, abi.HeaderEnvoyTimeout); ms > 0 {
		timer := time.AfterFunc(time.Duration(ms)*time.Millisecond, func() { x.cancel(errDeadline) })
		defer timer.Stop()
	}
	for n := 1; x.attempt(n, n <= retries) && x.pauseBefore(); n++ {
	}
}

// maxPause bounds the time a module may ask to wait before an attempt, as the rendered Envoy file does.
const maxPause = 5 * time.Minute

// pauseOf reads how many seconds a module wants to wait before the next attempt; what is no number means none.
func pauseOf(value string) time.Duration {
	seconds, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxPause)
}

// pauseBefore lets the time pass that was asked for, and tells whether anybody still waits for the attempt.
func (x *exchange) pauseBefore() bool {
	pause := x.pause
	if x.pause = 0; pause == 0 {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.ctx.Done():
		x.expired()
		return false
	}
}

// takeNumber takes a header off and reads it; what is no number counts as 0.
func takeNumber(h *vm.Headers, name string) int {
	n, err := strconv.Atoi(h.Value(name))
	h.Del(name)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// attempt makes the n-th attempt, and tells whether another is to be made; mayRetry says whether it may.
func (x *exchange) attempt(n int, mayRetry bool) (again bool) {
	name := x.facts.Property(abi.PropertyNext)
	x.facts.Update(func(f *vm.Facts) { f.Attempts, f.Cluster, f.Upstream, f.Failure = n, name, "", "" })
	cluster, known := x.settings.clusters[name]
	if !known && name != abi.MockCluster {
		if n > 1 {
			x.localReply(noUpstream)
		} else {
			x.localReply(noCluster)
		}
		return false
	}
	adapter, err := x.member.adapter.NewStream(x.facts)
	if err != nil {
		x.broken(err)
		return false
	}
	defer func() {
		if err := adapter.Delete(); err != nil {
			x.host.report(x.member.worker, err)
		}
	}()
	body := x.body
	verdict, err := x.requestHeaders(adapter, x.noBody)
	if err == nil && verdict <= vm.Pause && !x.noBody {
		body, verdict, err = x.requestBody(adapter, x.body, nil)
	}
	switch {
	case err != nil:
		x.broken(err)
		return false
	case verdict == vm.Answered:
		x.moduleReply(adapter)
		return false
	case verdict == vm.Reset:
		x.reset()
		return false
	case cluster == nil:
		x.localReply(noUpstream) // the mock cluster has no upstream, and its adapter did not answer
		return false
	case !x.credential():
		x.localReply(noSecret)
		return false
	}
	a := &attempt{exchange: x, adapter: adapter, mayRetry: mayRetry}
	return a.send(cluster, body)
}

// credential puts on what the adapter named, and takes off every header that is not for an upstream. The map keeps the
// credential for the next attempt, as in Envoy: the adapter clears it. False: the name stands for nothing here.
func (x *exchange) credential() bool {
	name, named := x.request.Get(abi.HeaderCredential)
	x.request.DelPrefix(abi.HeaderPrefix)
	x.request.DelPrefix("x-envoy-")
	x.request.Del("x-forwarded-proto")
	if !named {
		return true
	}
	headers := x.settings.credentials[name]
	if headers == nil {
		x.host.log.Error("an attempt names a credential that is not set", "credential", name)
		return false
	}
	for _, h := range headers {
		x.request.Set(h.Name, h.Value)
	}
	return true
}

// attempt is one that is on its way.
type attempt struct {
	exchange *exchange
	adapter  *vm.Stream
	mayRetry bool
	ctx      context.Context
	cancel   context.CancelCauseFunc
	watch    *time.Timer // of its silence
	tryTimer *time.Timer // until its answer is passed on; nil: it may take any time

	mu   sync.Mutex // of the answer's way; not held while the upstream is waited for
	way  *filter    // the adapter, and what comes behind it
	news error      // what became of the answer while the upstream was waited for
	over bool       // there is no way any more
}

// send sends the request and relays the answer.
func (a *attempt) send(cluster *upstream.Cluster, body []byte) (again bool) {
	x := a.exchange
	ctx, cancel := context.WithCancelCause(x.ctx)
	defer cancel(nil)
	a.ctx, a.cancel = ctx, cancel
	x.live.Store(a)
	defer x.live.Store(nil)
	a.watch = time.AfterFunc(x.settings.idle, func() { cancel(errSilence) })
	defer a.watch.Stop()
	if x.tryTime > 0 {
		a.tryTimer = time.AfterFunc(x.tryTime, func() { cancel(errTryTime) })
		defer a.tryTimer.Stop()
	}
	if body == nil && !x.noBody {
		body = []byte{}
	}
	header := make(http.Header, x.request.Len())
	putCanonical(header, x.request.Lines(), notUpstream)
	x.sent = true
	response, failure := cluster.Do(ctx, &upstream.Request{
		Method: x.request.Value(":method"), Target: x.request.Value(":path"), Authority: x.request.Value(":authority"),
		Header: header, Body: body,
	})
	if failure != nil {
		return a.lost(failure)
	}
	defer func() {
		if err := response.Body.Close(); err != nil {
			x.host.log.Debug("an upstream's answer did not close", "reason", err)
		}
	}()
	x.facts.Update(func(f *vm.Facts) { f.Upstream = response.Address })
	err := a.relay(response)
	if errors.Is(err, errRetry) {
		return true
	}
	var failed *upstream.Failure
	switch {
	case err == nil:
	case errors.As(err, &failed):
		return a.lost(failed)
	case errors.Is(err, http.ErrContentLength):
		x.host.log.Error("the module changed an answer's body and left its content-length")
		x.abort = true
	default:
		x.unanswered(err)
	}
	return false
}

// notUpstream are headers that net/http writes itself.
func notUpstream(lower string) bool { return lower == "content-length" || lower == "host" }

// buffers are for reading upstreams' answers.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// relay shows the answer to the adapter, chunk by chunk as it comes, and what it lets go to the router and the client.
func (a *attempt) relay(r *upstream.Response) error {
	x := a.exchange
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() { a.over = true }()
	x.passing = a
	way := &filter{stream: a.adapter, exchange: x, next: &gate{attempt: a, next: &x.router}}
	a.way = way
	left := r.Length
	if x.request.Value(":method") == http.MethodHead || r.Status == http.StatusNoContent || r.Status == http.StatusNotModified {
		left = 0
	}
	if err := way.headers(responseLines(r.Status, r.Header), left == 0); err != nil || left == 0 {
		return err
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		a.watch.Reset(x.settings.idle)
		a.mu.Unlock()
		n, err := r.Body.Read(*buffer)
		a.mu.Lock()
		a.watch.Stop() // a client that reads slowly is not its upstream's silence
		if a.news != nil {
			return a.news
		}
		if left > 0 {
			left -= int64(n)
		}
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return upstream.Broken(err)
		}
		var trailers *vm.Headers
		if ended {
			trailers = trailerLines(r.Trailer())
		}
		end := (ended || left == 0) && trailers == nil
		if n > 0 || end {
			if err := way.data((*buffer)[:n], end); err != nil {
				return err
			}
		}
		switch {
		case trailers != nil:
			return way.trailers(trailers)
		case end:
			return nil
		}
	}
}

// lost handles an attempt without an answer, or with half of one.
func (a *attempt) lost(f *upstream.Failure) (again bool) {
	x := a.exchange
	if x.ctx.Err() != nil {
		x.expired()
		return false
	}
	cause := context.Cause(a.ctx)
	if errors.Is(cause, errReplied) {
		x.repliedOutside(a)
		return false
	}
	x.facts.Update(func(facts *vm.Facts) { facts.Failure = f.Transport })
	x.host.log.Debug("an attempt failed", "cluster", x.facts.Facts().Cluster, "reason", f, "cause", cause)
	if !x.answered && a.mayRetry {
		return true
	}
	if !x.answered {
		x.facts.Update(func(facts *vm.Facts) { facts.Flags |= vm.FlagRetryLimit })
	}
	switch {
	case errors.Is(cause, errSilence):
		x.localReply(silence)
	case errors.Is(cause, errTryTime):
		x.localReply(tryTime)
	default:
		x.localReply(&local{
			status: f.Status, flag: f.Flag, details: f.Details(x.answered),
			text: "upstream connect error or disconnect/reset before headers. reset reason: " + f.Reason,
		})
	}
	return false
}

// expired ends an exchange that nobody waits for any more: its client left, its deadline passed, or the module closed it.
func (x *exchange) expired() {
	switch {
	case x.incoming.Context().Err() != nil:
		x.localReply(clientLeft)
	case errors.Is(context.Cause(x.ctx), errReset):
		x.reset()
	default:
		x.localReply(deadline)
	}
}

// gate stands between the adapter and the router: an answer that carries the retry header goes no further, unless no
// other attempt may be made.
type gate struct {
	attempt *attempt
	next    sink
}

// headers implements sink.
func (g *gate) headers(h *vm.Headers, end bool) error {
	x := g.attempt.exchange
	if pause, ok := h.Get(abi.HeaderRetry); ok {
		if g.attempt.mayRetry {
			x.pause = pauseOf(pause)
			return errRetry
		}
		x.facts.Update(func(f *vm.Facts) { f.Flags |= vm.FlagRetryLimit })
	}
	if t := g.attempt.tryTimer; t != nil {
		t.Stop()
	}
	status, err := strconv.Atoi(strings.TrimSpace(h.Value(":status")))
	if err != nil {
		status = 0
	}
	x.facts.Update(func(f *vm.Facts) { f.Code, f.Details = status, "via_upstream" })
	return g.next.headers(h, end)
}

// data implements sink.
func (g *gate) data(b []byte, end bool) error { return g.next.data(b, end) }

// trailers implements sink.
func (g *gate) trailers(h *vm.Headers) error { return g.next.trailers(h) }
