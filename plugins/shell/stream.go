package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/dialect"
	"github.com/routeiq/routeiq/plugins/routing"
)

// stream is what the router and the adapters of one request share, in the memory of their VM.
type stream struct {
	key      uint64
	router   *routing.Router // of the document the request began with
	call     dialect.Call
	body     dialect.Body
	request  abi.Request
	decision abi.Decision

	upstreamID  string // the response the request is about, as its maker calls it
	versioned   bool   // the client sent anthropic-version
	responseOps bool   // a call about one response, without a body of ours

	attempts []progress // those made so far
	answered bool       // the last of them is what the client gets
}

// progress is one attempt that was begun.
type progress struct {
	beganMS int64
	done    bool // outcome is final
	outcome abi.Outcome
	answer  *dialect.Answer // nil until the upstream answers
}

// open files the stream under a new key.
func (m *machine) open(s *stream) {
	m.lastKey++
	s.key = m.lastKey
	m.streams[s.key] = s
}

// find returns the stream that the current HTTP context belongs to, or nil.
func (m *machine) find() *stream {
	value, err := proxywasm.GetProperty([]string{abi.PropertyStream})
	if err != nil {
		return nil
	}
	key, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil {
		return nil
	}
	return m.streams[key]
}

// setNext tells the proxy which cluster the i-th attempt goes to.
func (s *stream) setNext(i int) error {
	return proxywasm.SetProperty([]string{abi.PropertyNext}, []byte(s.decision.Attempts[i].Deployment.Cluster))
}

// next returns the attempt after the last one made, or nil.
func (s *stream) next() *abi.Attempt {
	if n := len(s.attempts); n < len(s.decision.Attempts) {
		return &s.decision.Attempts[n]
	}
	return nil
}

// last returns the attempt under way; one that never began where there is none.
func (s *stream) last() *progress {
	if len(s.attempts) == 0 {
		return &progress{}
	}
	return &s.attempts[len(s.attempts)-1]
}

// pass lets the attempt under way answer the client: no other is made from here on.
func (s *stream) pass() {
	s.answered = true
	s.router.Release(&s.request, &s.decision, len(s.attempts))
}

// settle ends an attempt.
func (p *progress) settle(class abi.Class, reason string) {
	if p.done {
		return
	}
	p.done = true
	p.outcome.Class, p.outcome.Reason = class, reason
	p.outcome.DurationMS = max(nowMS()-p.beganMS, 0)
}
