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
	key     uint64
	id      uint32          // of the router's context
	router  *routing.Router // of the document the request began with
	call    dialect.Call
	body    dialect.Body
	request abi.Request
	run     routing.Run

	upstreamID  string // the response the request is about, as its maker calls it
	versioned   bool   // the client sent anthropic-version
	responseOps bool   // a call about one response, without a body of ours

	attempts []progress // by their place in the decision
	made     int        // how many of them were begun
	at       int        // the one under way, once one was begun
	adapter  *adapter   // of the one under way
	answered bool       // it is what the client gets
	status   int        // the client gets, where it is not the upstream's
	stalled  bool       // its answer was ended because nothing came any more
}

// progress is how far an attempt came.
type progress struct {
	begun   bool
	beganMS int64
	heardMS int64 // when its answer last said something; 0: nobody asks, or it said nothing yet
	done    bool  // outcome is final
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

// begin begins the planned attempt, and tells the proxy which one follows if it cannot be reached. It returns nil when none
// was planned: the proxy retries although there is nothing left.
func (s *stream) begin(now int64) *abi.Attempt {
	i, a := s.run.Advance(now)
	if a == nil {
		return nil
	}
	s.at = i
	s.made++
	s.attempts[i] = progress{begun: true, beganMS: now}
	s.nameNext()
	return a
}

// nameNext tells the proxy which cluster the planned attempt goes to.
func (s *stream) nameNext() {
	if next := s.run.Planned(); next != nil {
		must("name the next cluster", proxywasm.SetProperty([]string{abi.PropertyNext}, []byte(next.Deployment.Cluster)))
	}
}

// attempt returns the attempt under way.
func (s *stream) attempt() *abi.Attempt { return &s.run.Decision.Attempts[s.at] }

// last returns how far the attempt under way came; one that never began where there is none.
func (s *stream) last() *progress {
	if s.made == 0 {
		return &progress{}
	}
	return &s.attempts[s.at]
}

// pass lets the attempt under way answer the client: no other is made from here on.
func (s *stream) pass() {
	s.answered = true
	s.run.Pass()
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
