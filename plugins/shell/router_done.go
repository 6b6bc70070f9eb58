package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/logline"
)

// OnHttpStreamDone implements types.HttpContext: every attempt is settled here, in the one callback that always comes.
// (An upstream filter has none, and an attempt whose connection was refused never hears of it.)
func (c *router) OnHttpStreamDone() {
	defer rescue("stream done", nil)
	now := nowMS()
	c.plugin.router.Leave(c.ticket)
	if c.abandon != nil {
		c.abandon()
	}
	if c.stream == nil {
		c.count("", now)
		return
	}
	s := c.stream
	delete(c.plugin.streams, s.key)
	s.close(now, c.details)
	outcomes := make([]abi.Outcome, len(s.attempts))
	for i := range s.attempts {
		outcomes[i] = s.attempts[i].outcome
	}
	c.plugin.meter.transitions(s.run.End(outcomes, now), now)
	c.plugin.report.count(s, outcomes, c.status)
	c.count(s.run.Decision.Group, now)
	for i := range outcomes {
		if s.attempts[i].begun {
			c.plugin.meter.attempt(&outcomes[i])
		}
	}
	line := logline.Line{Request: s.request, Decision: s.run.Decision, Outcomes: outcomes, Status: c.status, TotalMS: now - c.beganMS}
	c.plugin.line = line.Append(c.plugin.line[:0])
	must("log the decision", proxywasm.SetProperty([]string{abi.PropertyDecision}, c.plugin.line))
}

// close ends the attempts that did not end by themselves.
func (s *stream) close(now int64, details string) {
	nextMS := now
	for i := len(s.attempts) - 1; i >= 0; i-- {
		p := &s.attempts[i]
		if !p.begun {
			continue
		}
		p.outcome.Deployment = s.run.Decision.Attempts[i].Deployment.ID
		if p.answer != nil {
			p.answer.Close()
		}
		switch {
		case p.done:
		case i == s.at:
			s.closeLast(p, details)
		default:
			p.abandon(s.run.FirstEventMS(), nextMS)
		}
		nextMS = p.beganMS
	}
}

// closeLast ends the attempt that was the last: the proxy knows what became of it.
func (s *stream) closeLast(p *progress, details string) {
	flags := responseFlags()
	if details == "" {
		details = codeDetails()
	}
	switch {
	case flags&flagsNobody != 0:
		p.settle(abi.ClassCancelled, "client_left")
	case s.stalled:
		p.settle(abi.ClassTimeout, "stalled")
	case flags&(flagUpstreamTimeout|flagStreamIdle) != 0:
		p.settle(abi.ClassTimeout, details)
	case flags&flagUpstreamConnect != 0:
		p.settle(abi.ClassConnect, details)
	case flags != 0 || s.answered:
		p.settle(abi.ClassReset, details)
	default:
		p.settle(abi.ClassConnect, details)
	}
}

// clockSlackMS is how much earlier than its time a proxy's timer may seem to go off: it counts by another clock than the
// module, from the loop's last turn on.
const clockSlackMS = 20

// abandon settles an attempt that the proxy gave up by itself to make the next one. Why it did it does not tell: what is
// known is whether the first event's deadline had passed, and whether there was an answer.
func (p *progress) abandon(firstEventMS int, nextMS int64) {
	class, reason := abi.ClassConnect, "no_answer"
	lasted := max(nextMS-p.beganMS, 0)
	switch {
	case firstEventMS > 0 && lasted >= int64(firstEventMS)-clockSlackMS:
		class, reason = abi.ClassTimeout, "no_first_event"
	case p.outcome.Status != 0:
		class, reason = abi.ClassReset, "no_first_event"
	}
	p.settle(class, reason)
	p.outcome.DurationMS = lasted
}

// count counts the request for its group.
func (c *router) count(group string, now int64) {
	if c.call.API == "" {
		return // health, models, unknown paths: no request for a model
	}
	if group == "" {
		group = "unknown"
	}
	c.plugin.meter.request(group, c.call.API, c.status, now-c.beganMS)
}
