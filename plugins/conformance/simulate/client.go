package simulate

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// call is what a client asks once: its attempts, and where it judges answers, its asking again.
type call struct {
	sim     *simulation
	kind    *Kind
	name    string // of the client
	seed    uint64 // of this turn
	turn    int    // of the conversation, from 1
	asked   int    // how often, of judged ones
	beganMS float64
	firstMS float64 // when a stream began
	luck    float64 // how easy it is: good answers are given by servers whose quality is above
	usd     float64
	input   int
	output  int

	worker   *one
	request  abi.Request
	run      routing.Run
	outcomes []abi.Outcome
	made     int // attempts
}

// arrive lets the n-th client come, and plans the next.
func (s *simulation) arrive(n int, d *dice) {
	s.after(d.pause(1000/s.Rate), func() {
		if s.nowMS >= s.lastMS {
			return
		}
		seed := derive(s.seed, n)
		own := dice{seed: seed}
		s.ask(s.call(&call{kind: s.kind(own.unit()), name: strconv.FormatUint(seed, 36), seed: seed}))
		s.arrive(n+1, d)
	})
}

// kind chooses by shares.
func (s *simulation) kind(chance float64) *Kind {
	total := 0.0
	for i := range s.Kinds {
		total += s.Kinds[i].Share
	}
	for i := range s.Kinds {
		if chance -= s.Kinds[i].Share / total; chance < 0 {
			return &s.Kinds[i]
		}
	}
	return &s.Kinds[len(s.Kinds)-1]
}

// call makes a client's next one.
func (s *simulation) call(before *call) *call {
	c := &call{sim: s, kind: before.kind, name: before.name, turn: before.turn + 1, beganMS: s.nowMS}
	c.seed = derive(before.seed, 1_000)
	d := dice{seed: c.seed, n: 2_000}
	c.luck = d.unit()
	c.output = c.kind.Output.tokens(&d)
	// A turn carries what was said before, whoever said it and however long: so every strategy meets the same input.
	c.input = before.input + before.output + c.kind.Input.tokens(&d)
	s.open++
	return c
}

// fill makes the request as the proxy reads it.
func (c *call) fill() {
	id := c.name + "-" + strconv.Itoa(c.turn) + "-" + strconv.Itoa(c.asked)
	c.request = abi.Request{
		ID: id, Seed: abi.SeedOf(id), NowMS: c.sim.clock(), API: abi.APIChat, Model: group, Stream: c.kind.Stream,
		InputTokens: c.input, UserAgent: c.kind.Agent, Tags: c.kind.Tags,
	}
	if c.kind.Tools {
		c.request.Needs = []string{abi.NeedTools}
	}
	if c.kind.Turns > 0 {
		c.request.Session = c.name
	}
	if c.asked > 0 { // the last answer was not good: see llmrouter-cost-cascade
		c.request.Rung, c.request.Confidence = c.asked, 0.1
	}
}

// over tells a client its answer; nil: there is none.
func (c *call) over(o *abi.Outcome) {
	s := c.sim
	if o == nil {
		s.open--
		s.tally.errors++
		return
	}
	quality, limited := c.kind.Quality[o.Deployment]
	good := !limited || c.luck < quality
	c.usd += c.run.Decision.Attempts[c.at(o)].Deployment.Price.Of(o.Usage)
	if c.asked++; c.kind.Judged && !good && c.asked < judgedAsks {
		s.ask(c)
		return
	}
	s.open--
	waited := s.nowMS
	if c.kind.Stream {
		waited = c.firstMS
	}
	s.tally.answer(waited-c.beganMS, c.usd, good)
	if c.turn < c.kind.Turns {
		d := dice{seed: c.seed, n: 3_000}
		s.open++
		s.after(d.pause(c.kind.PauseS*1000), func() {
			s.open--
			s.ask(s.call(c))
		})
	}
}

// at is the place of an outcome among the attempts.
func (c *call) at(o *abi.Outcome) int {
	for i := range c.outcomes {
		if o == &c.outcomes[i] {
			return i
		}
	}
	return 0
}
