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

	facts   *vm.Exchange
	id      string
	request *vm.Headers // one map for all attempts
	body    []byte      // as the router let it go, for every attempt
	noBody  bool
	tryTime time.Duration // an attempt may take until its answer is passed on; 0: any
	router  filter        // the router's stream, on the way to the client

	unread   bool // the body was refused, and its client may still send it
	answered bool // the answer is on its way through the router: no other attempt can be made
	abort    bool // the client's connection is to be cut: its answer is not complete
	lost     bool // its VM failed: the module cannot log what it decided
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
		// The module cannot know that the process is about to end.
		return writeJSON(w, http.StatusServiceUnavailable, `{"status":"draining","service":"routeiq"}`) != nil
	}
	g := h.acquire()
	defer g.release()
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	x := &exchange{
		host: h, settings: g.settings, incoming: r, ctx: ctx, cancel: cancel,
		facts: vm.NewExchange(requestFacts(r)), request: vm.NewHeaders(requestLines(r)),
		noBody: r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0,
	}
	x.id = requestID(x.request.Value(abi.HeaderRequestID))
	x.request.Set(abi.HeaderRequestID, x.id)
	x.client = client{exchange: x, w: w, head: r.Method == http.MethodHead}
	m, err := g.pick(ctx)
	if err != nil {
		h.log.Error("no VM can serve a request", "reason", err)
		x.client.plain(http.StatusServiceUnavailable)
		return x.abort
	}
	m.worker.load.Add(1)
	defer m.worker.load.Add(-1)
	x.member = m
	stream, err := m.router.NewStream(x.facts)
	if err != nil {
		x.trapped(err)
		return x.abort
	}
	x.router = filter{stream: stream, exchange: x, next: &x.client}
	x.run()
	x.finish()
	x.drain()
	return x.abort
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
	if !x.noBody {
		x.setReadDeadline(x.facts.Facts().Start.Add(x.host.options.BodyTimeout))
	}
	verdict, err := x.requestHeaders(x.router.stream, x.noBody)
	if !x.noBody && (err != nil || verdict == vm.Answered) {
		x.refuseRest()
	}
	if !x.goesOn(verdict, err) {
		return false
	}
	if x.noBody {
		return true
	}
	body, local := x.readBody()
	if local != nil {
		x.localReply(local)
		return false
	}
	trailers := trailerLines(x.incoming.Trailer)
	body, verdict, err = x.requestBody(x.router.stream, body, trailers)
	x.body = body
	return x.goesOn(verdict, err)
}

// requestHeaders shows the request's headers to a filter and waits where it wants to wait.
func (x *exchange) requestHeaders(s *vm.Stream, end bool) (vm.Verdict, error) {
	verdict, err := s.RequestHeaders(x.request, end)
	if err == nil && (verdict == vm.PauseAll || end && verdict == vm.Pause) {
		_, verdict, err = s.WaitRequest(x.ctx)
	}
	return verdict, err
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
		return s.WaitRequest(x.ctx)
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
		x.abort = true
	default:
		return true
	}
	return false
}

// broken ends an exchange whose filter returned an error: its VM failed, or nobody waits for it any more.
func (x *exchange) broken(err error) {
	var trap *vm.Trap
	if errors.As(err, &trap) {
		x.trapped(err)
		return
	}
	x.expired()
}

// trapped is the failure policy. A request cannot go on without the module that routes it: the client gets an error, or
// a cut connection when its answer has begun.
func (x *exchange) trapped(err error) {
	x.lost = true
	x.host.report(x.member.worker, err)
	if x.client.begun {
		x.abort = true
		return
	}
	x.client.plain(http.StatusInternalServerError)
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
	if err := x.router.stream.Done(log); err != nil {
		x.host.report(x.member.worker, err)
	}
	if x.host.decisions != nil {
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
