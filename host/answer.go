package host

import (
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm"
)

// local is an answer the proxy makes itself, with Envoy's status, flag, details and text. The module rewrites what
// clients see of it.
type local struct {
	status  int
	flag    uint64
	details string
	text    string
}

// Envoy's local replies.
var (
	tooLarge    = &local{413, 0, "request_payload_too_large", "Payload Too Large"}
	badBody     = &local{400, vm.FlagDownstreamProtocolError, "http1.codec_error", "Bad Request"}
	bodyTimeout = &local{408, vm.FlagStreamIdle, "stream_idle_timeout", "stream timeout"}
	clientLeft  = &local{0, vm.FlagDownstreamDisconnect, "downstream_remote_disconnect", ""}
	noCluster   = &local{503, vm.FlagNoCluster, "cluster_not_found", ""}
	noUpstream  = &local{503, vm.FlagNoHealthyUpstream, "no_healthy_upstream", "no healthy upstream"}
	noSecret    = &local{500, 0, "credential_not_available", "credential not available"}
	deadline    = &local{504, vm.FlagResponseTimeout, "response_timeout", "upstream request timeout"}
	silence     = &local{504, vm.FlagResponseTimeout, "upstream_per_try_idle_timeout", "upstream request timeout"}
	held        = &local{504, vm.FlagStreamIdle, "stream_idle_timeout", "stream timeout"}
	tryTime     = &local{504, vm.FlagResponseTimeout, "upstream_per_try_timeout", "upstream request timeout"}
)

// localReply sends one of the proxy's own answers through the router's response callbacks, or ends the answer that has
// begun. A client that left gets nothing.
func (x *exchange) localReply(l *local) {
	x.facts.Update(func(f *vm.Facts) {
		f.Flags |= l.flag
		f.Details = l.details
		if l.status != 0 && !x.client.begun {
			f.Code = l.status
		}
	})
	if l.status == 0 || x.client.begun {
		x.abort = l.status == 0 || !x.endHonestly()
		return
	}
	lines := []vm.Header{{Name: ":status", Value: strconv.Itoa(l.status)}}
	if l.text != "" {
		lines = append(lines, vm.Header{Name: "content-length", Value: strconv.Itoa(len(l.text))},
			vm.Header{Name: "content-type", Value: "text/plain"})
	}
	x.reply(vm.NewHeaders(lines), []byte(l.text))
}

// moduleReply sends the answer a filter gave, through the router's response callbacks.
func (x *exchange) moduleReply(s *vm.Stream) {
	a := s.Answer()
	if a == nil { // the VM failed after it answered
		x.trapped(errAnswerGone)
		return
	}
	x.facts.Update(func(f *vm.Facts) { f.Code, f.Details = a.Status, a.Details })
	if x.client.begun {
		x.abort = true
		return
	}
	x.reply(answerHeaders(a), a.Body)
}

// answerHeaders makes the headers of a module's answer.
func answerHeaders(a *vm.Answer) *vm.Headers {
	lines := make([]vm.Header, 0, len(a.Headers)+3)
	lines = append(lines, vm.Header{Name: ":status", Value: strconv.Itoa(a.Status)})
	typed := false
	for _, l := range a.Headers {
		if l.Name == "content-length" || l.Name[0] == ':' || l.Name == "content-type" && len(a.Body) == 0 {
			continue
		}
		typed = typed || l.Name == "content-type"
		lines = append(lines, l)
	}
	if len(a.Body) > 0 {
		lines = append(lines, vm.Header{Name: "content-length", Value: strconv.Itoa(len(a.Body))})
		if !typed {
			lines = append(lines, vm.Header{Name: "content-type", Value: "text/plain"})
		}
	}
	return vm.NewHeaders(lines)
}

// reply sends a whole answer. One that is made while the router has seen the headers of another goes past it, as in
// Envoy: its callbacks have run.
func (x *exchange) reply(h *vm.Headers, body []byte) {
	var way sink = &x.router
	if x.answered {
		way = &x.client
	}
	x.answered, x.passing = true, nil
	err := way.headers(h, len(body) == 0)
	if err == nil && len(body) > 0 {
		err = way.data(body, true)
	}
	if err != nil {
		x.unanswered(err)
	}
}

// unanswered handles what a filter or the client returned instead of taking an answer.
func (x *exchange) unanswered(err error) {
	var answered *answeredError
	switch {
	case errors.As(err, &answered):
		x.moduleReply(answered.by)
	case errors.Is(err, errReset):
		x.reset()
	case errors.Is(err, errClientLeft):
		x.localReply(clientLeft)
	default:
		x.broken(err)
	}
}

// client is the last sink: it writes to the client.
type client struct {
	exchange *exchange
	w        http.ResponseWriter
	head     bool // the request's method: no body is sent
	last     bool // the connection is of no use after this answer

	writing  atomic.Bool // a piece of the answer is being written
	patience time.Time   // until when a write may take; it is renewed before it is half over

	begun    bool // the status line is written
	status   int
	sent     int64
	sized    bool // the answer has a content-length
	bodiless bool

	headersSent, trailersSent *vm.Headers
}

var (
	errClientLeft = errors.New("the client left")
	errReset      = errors.New("the module closed the stream")
	errAnswerGone = errors.New("the module's answer is gone")
)

// headers implements sink.
func (c *client) headers(h *vm.Headers, end bool) error {
	status, err := strconv.Atoi(h.Value(":status"))
	if err != nil || status < 200 || status > 999 {
		status = http.StatusBadGateway
	}
	to := c.w.Header()
	putCanonical(to, h.Lines(), func(name string) bool { return name == abi.HeaderRetry })
	if _, ok := h.Get(abi.HeaderRequestID); !ok {
		to[canonicalName(abi.HeaderRequestID)] = []string{c.exchange.id}
	}
	if _, ok := h.Get("content-type"); !ok {
		to["Content-Type"] = nil // or net/http would guess one
	}
	_, c.sized = h.Get("content-length")
	c.bodiless = c.head || status == http.StatusNoContent || status == http.StatusNotModified
	if end && !c.sized && !c.bodiless {
		to["Content-Length"] = []string{"0"}
	}
	if c.last && c.exchange.incoming.ProtoMajor == 1 {
		to["Connection"] = []string{"close"}
	}
	c.begun, c.status, c.headersSent = true, status, h
	c.w.WriteHeader(status)
	if !end && !c.sized && !c.bodiless {
		return c.flush() // who knows when its first bytes come; those of a known length come with it
	}
	return nil
}

// data implements sink. Every chunk is sent on at once but the last, which the end of the handler sends.
func (c *client) data(b []byte, end bool) error {
	if len(b) == 0 || c.bodiless {
		return nil
	}
	c.writing.Store(true)
	defer c.writing.Store(false)
	c.setWriteDeadline()
	n, err := c.w.Write(b)
	c.sent += int64(n)
	if err != nil {
		if errors.Is(err, http.ErrContentLength) {
			return err // the module changed the body and left the length
		}
		return errClientLeft
	}
	if end {
		return nil
	}
	return c.flush()
}

// trailers implements sink.
func (c *client) trailers(h *vm.Headers) error {
	c.trailersSent = h
	for _, l := range h.Lines() {
		c.w.Header().Add(http.TrailerPrefix+canonicalName(l.Name), l.Value)
	}
	return nil
}

func (c *client) flush() error {
	switch f := c.w.(type) {
	case interface{ FlushError() error }:
		if f.FlushError() != nil {
			return errClientLeft
		}
	case http.Flusher:
		f.Flush()
	}
	return nil
}

// setWriteDeadline bounds how long a client may take to take a piece of its answer: one that reads nothing would hold
// the exchange for ever.
func (c *client) setWriteDeadline() {
	now, limit := time.Now(), c.exchange.host.options.IdleTimeout
	if c.patience.Sub(now) > limit/2 {
		return
	}
	c.patience = now.Add(limit)
	err := http.NewResponseController(c.w).SetWriteDeadline(c.patience)
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // a writer without deadlines is in memory
		c.exchange.host.log.Debug("a write deadline could not be set", "reason", err)
	}
}

// plain answers without the module, in the shape every client library reads.
func (c *client) plain(status int) {
	text := `{"error":{"message":"The gateway could not handle the request.","type":"server_error","param":null,"code":"module_failed"}}`
	h := vm.NewHeaders([]vm.Header{{Name: ":status", Value: strconv.Itoa(status)}, {Name: "content-type", Value: "application/json"},
		{Name: "content-length", Value: strconv.Itoa(len(text))}})
	err := c.headers(h, false)
	if err == nil {
		err = c.data([]byte(text), true)
	}
	c.exchange.facts.Update(func(f *vm.Facts) { f.Code, f.Details = status, "wasm_fail_stream" })
	c.exchange.abort = err != nil
}
