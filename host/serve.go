package host

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm"
)

var _ http.Handler = (*Host)(nil)

// exchange is one request and its answer.
type exchange struct {
	host     *Host
	settings *settings
	member   *member
	client   client
	incoming *http.Request
	ctx      context.Context // ends with the client, or with the whole request's deadline
	cancel   context.CancelCauseFunc

	facts    *vm.Exchange
	id       string
	request  *vm.Headers // one map for all attempts
	received []byte      // the request's body as it came; nil: it has not come yet
	body     []byte      // as the router let it go, for every attempt
	noBody   bool
	pause    time.Duration // before the next attempt, by the module's wish
	tryTime  time.Duration // an attempt may take until its answer is passed on; 0: any
	router   filter        // the router's stream, on the way to the client

	unread   bool                    // the body was refused, and its client may still send it
	sent     bool                    // an upstream was asked
	answered bool                    // the answer is on its way through the router: no other attempt can be made
	passing  *attempt                // whose answer that is; nil: it is one of the proxy's own
	live     atomic.Pointer[attempt] // that waits for its upstream; nil: none does
	abort    bool                    // the client's connection is to be cut: its answer is not complete
	lost     bool                    // its VM failed: the module cannot log what it decided
	again    bool                    // its VM failed, and it begins again on another
	second   bool                    // it has begun again
}

// ServeHTTP implements http.Handler. An answer that breaks off panics with http.ErrAbortHandler when all is settled.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.serve(w, r) {
		panic(http.ErrAbortHandler)
	}
}

// serve handles one request and tells whether the client's connection must be cut.
func (h *Host) serve(w http.ResponseWriter, r *http.Request) (abort bool) {
	h.inFlight.Add(1)
	defer func() {
		if h.inFlight.Add(-1) == 0 {
			select {
			case h.idle <- struct{}{}:
			default:
			}
		}
	}()
	if h.draining.Load() && readiness(r.URL.Path) {
		return h.ready(w, r, 1) != nil // the module cannot know that the process is about to end
	}
	g := h.acquire()
	defer g.release()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	x := &exchange{
		host: h, settings: g.settings, incoming: r, ctx: ctx, cancel: cancel, id: requestID(r.Header.Get(abi.HeaderRequestID)),
		noBody: r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0,
	}
	x.client = client{exchange: x, w: w, head: r.Method == http.MethodHead}
	facts := requestFacts(r)
	for x.again = true; x.again; {
		x.play(g, facts)
	}
	x.drain()
	return x.abort
}

// play handles the request on one VM, from the first callback to the last. When it has to begin again, x.again is set.
func (x *exchange) play(g *generation, facts vm.Facts) {
	x.again, x.lost = false, false
	x.facts, x.request = vm.NewExchange(facts), vm.NewHeaders(requestLines(x.incoming))
	x.facts.OnNews(x.news)
	x.request.Set(abi.HeaderRequestID, x.id)
	x.router = filter{}
	m, err := g.pick(x.ctx)
	if err != nil {
		x.host.log.Error("no VM can serve a request", "reason", err)
		x.client.plain(http.StatusServiceUnavailable)
		return
	}
	m.worker.load.Add(1)
	defer m.worker.load.Add(-1)
	x.member = m
	stream, err := m.router.NewStream(x.facts)
	if err != nil {
		x.trapped(err)
	} else {
		x.router = filter{stream: stream, exchange: x, next: &x.client}
		x.run()
	}
	x.finish()
}

// readiness tells whether a path asks if this process should get requests.
func readiness(path string) bool { return path == "/_health/ready" || path == "/health/readiness" }

// run handles the request up to the end of its answer.
func (x *exchange) run() {
	if x.requestPhase() {
		x.attempts()
	}
}

// requestPhase shows the request to the router, and tells whether it goes on to the attempts.
func (x *exchange) requestPhase() bool {
	coming := !x.noBody && x.received == nil
	if coming {
		x.setReadDeadline(x.facts.Facts().Start.Add(x.host.options.IdleTimeout))
	}
	verdict, err := x.requestHeaders(x.router.stream, x.noBody)
	if coming && (verdict == vm.Answered || err != nil && !x.beginsAgain(err)) {
		x.refuseRest()
	}
	if !x.goesOn(verdict, err) {
		return false
	}
	if x.noBody {
		return true
	}
	if coming {
		body, local := x.readBody()
		if local != nil {
			x.localReply(local)
			return false
		}
		x.received = body
	}
	x.body, verdict, err = x.requestBody(x.router.stream, x.received, trailerLines(x.incoming.Trailer))
	return x.goesOn(verdict, err)
}

// requestHeaders shows the request's headers to a filter and waits where it wants to wait.
func (x *exchange) requestHeaders(s *vm.Stream, end bool) (vm.Verdict, error) {
	verdict, err := s.RequestHeaders(x.request, end)
	if err == nil && (verdict == vm.PauseAll || end && verdict == vm.Pause) {
		_, verdict, err = x.wait(s.WaitRequest)
	}
	return verdict, err
}

// errHeld says that a module held a message for longer than anything may stand still.
var errHeld = errors.New("the module held a message too long")

// wait waits for what a module makes of a message it holds.
func (x *exchange) wait(wait func(context.Context) ([]byte, vm.Verdict, error)) ([]byte, vm.Verdict, error) {
	ctx, cancel := context.WithTimeoutCause(x.ctx, x.host.options.IdleTimeout, errHeld)
	defer cancel()
	body, verdict, err := wait(ctx)
	if err != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return body, verdict, err
}

// requestBody shows a whole body to a filter, and returns what it lets go. Trailers end with the request: as Envoy does
// by default on HTTP/1.1, they are not sent on.
func (x *exchange) requestBody(s *vm.Stream, body []byte, trailers *vm.Headers) ([]byte, vm.Verdict, error) {
	out, verdict, err := s.RequestBody(body, trailers == nil)
	if err == nil && verdict <= vm.Pause && trailers != nil {
		var more []byte
		if more, verdict, err = s.RequestTrailers(trailers); len(more) > 0 {
			out = more
		}
	}
	if err == nil && (verdict == vm.Pause || verdict == vm.PauseAll) {
		return x.wait(s.WaitRequest)
	}
	return out, verdict, err
}

// goesOn handles the router's verdict on the request: anything but "continue" ends here.
func (x *exchange) goesOn(verdict vm.Verdict, err error) bool {
	switch {
	case err != nil:
		x.broken(err)
	case verdict == vm.Answered:
		x.moduleReply(x.router.stream)
	case verdict == vm.Reset:
		x.reset()
	default:
		return true
	}
	return false
}

// broken ends an exchange whose filter returned an error: its VM failed, or nobody waits for it any more.
func (x *exchange) broken(err error) {
	switch {
	case isTrap(err):
		x.trapped(err)
	case errors.Is(err, errHeld):
		x.localReply(held)
	default:
		x.expired()
	}
}

// finish ends the router's stream, which settles the attempts, and logs the decision.
func (x *exchange) finish() {
	now := time.Now()
	x.facts.Update(func(f *vm.Facts) {
		f.Duration = now.Sub(f.Start)
		if x.client.status != 0 {
			f.Code = x.client.status
		}
		f.BytesSent = x.client.sent
	})
	log := vm.Log{RequestHeaders: x.request, ResponseHeaders: x.client.headersSent, ResponseTrailers: x.client.trailersSent}
	if s := x.router.stream; s != nil {
		if err := s.Done(log); err != nil {
			x.lost = true
			x.host.report(x.member.worker, err)
		}
	}
	if x.host.decisions != nil && !x.again {
		decision := x.facts.Property(abi.PropertyDecision)
		if decision == "" && x.lost {
			decision = lostLine(x.id, x.client.status)
		}
		if decision != "" {
			x.host.decisions.write(now, decision)
		}
	}
}

// connections numbers the connections of the process, for the property connection.id.
var connections atomic.Uint64

type connectionKey struct{}

// WithConnection is for http.Server.ConnContext: it numbers the connection. Handlers without it see connection 0.
func WithConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connections.Add(1))
}

// requestFacts is what is known of an exchange at its start.
func requestFacts(r *http.Request) vm.Facts {
	f := vm.Facts{Start: time.Now(), SourceAddress: r.RemoteAddr, Protocol: "HTTP/1.1"}
	if r.ProtoMajor == 2 {
		f.Protocol = "HTTP/2"
	}
	if id, ok := r.Context().Value(connectionKey{}).(uint64); ok {
		f.ConnectionID = id
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		f.DestinationAddress = local.String()
	}
	if r.TLS != nil {
		f.ServerName, f.TLSVersion = r.TLS.ServerName, tlsVersion(r.TLS.Version)
	}
	return f
}

// tlsVersion is Envoy's spelling: TLSv1.3.
func tlsVersion(v uint16) string { return "TLSv1." + strconv.Itoa(int(v)-0x0301) }
