package simulate

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
	"github.com/routeiq/routeiq/plugins/worker"
)

// simulation is a world that runs with one setup and one seed.
type simulation struct {
	*World
	seed    uint64
	nowMS   float64
	lastMS  float64 // when the last client comes
	events  events
	planned int
	open    int // calls that have no answer yet, and pauses before one
	servers map[string]*server
	workers []*one
	turn    int // of the workers
	tally   tally
}

// one is a worker of the proxy.
type one struct {
	memory *routing.Memory
	router *routing.Router
}

// Run plays a world once.
func (w *World) Run(config *abi.Config, seed int) (Measure, error) {
	s := &simulation{World: w, seed: derive(abi.SeedOf(w.Name), seed), lastMS: w.Minutes * 60_000, servers: map[string]*server{}}
	shared := new(store.Map)
	for range workers {
		m := routing.NewMemory(shared)
		r, err := routing.Compile(config, strategy.Registry(), m)
		if err != nil {
			return Measure{}, err
		}
		s.workers = append(s.workers, &one{m, r})
	}
	for i := range w.Servers {
		p := &w.Servers[i]
		s.servers[p.ID] = &server{Server: p, sim: s, prompts: map[string]prompt{}}
	}
	for i, one := range s.workers {
		if one.router.NeedsTick() {
			s.after(float64(i*worker.BeatMS/len(s.workers)), func() { s.tick(one) })
		}
	}
	s.arrive(0, &dice{seed: derive(s.seed, -1)})
	s.play()
	return s.tally.measure(w), nil
}

// tick does what the module does once a second; it ends with the last answer.
func (s *simulation) tick(o *one) {
	now := s.clock()
	o.memory.Tick(now)
	for _, p := range o.router.Polls(now) {
		cacheUsage, waiting := s.servers[p.Deployment.ID].gauges()
		o.router.Gauge(p, cacheUsage, waiting, now)
	}
	if s.open > 0 || s.nowMS < s.lastMS {
		s.after(worker.BeatMS, func() { s.tick(o) })
	}
}

// ask gives a call to the next worker.
func (s *simulation) ask(c *call) {
	c.worker = s.workers[s.turn%len(s.workers)]
	s.turn++
	c.sim, c.made = s, 0
	c.fill()
	if words, _ := c.worker.router.Reads(group); words {
		c.worker.router.Read(&c.request, &c.kind.Prompt, nil)
	}
	c.run = c.worker.router.Begin(&c.request)
	c.outcomes = make([]abi.Outcome, len(c.run.Decision.Attempts))
	if c.run.Decision.Refusal != nil {
		s.tally.refused++
		c.over(nil)
		return
	}
	c.attempt()
}

// attempt makes the planned one.
func (c *call) attempt() {
	s := c.sim
	i, a := c.run.Advance(s.clock())
	c.made++
	p := s.servers[a.Deployment.ID]
	s.tally.attempt(p.ID)
	p.serve(&job{
		call: c, beganMS: s.nowMS, output: c.output, dice: dice{seed: derive(c.seed, 10*c.asked+c.made)},
		first: func() {
			if c.request.Stream { // it goes to the client from here on; an answer that is no stream is held until it is whole
				c.firstMS = s.nowMS
				c.run.Pass()
			}
		},
		done: func(o abi.Outcome) { c.ended(i, o) },
	})
}

// ended goes on with a call whose attempt is over.
func (c *call) ended(i int, o abi.Outcome) {
	s := c.sim
	c.outcomes[i] = o
	if o.Class == abi.ClassOK {
		c.run.End(c.outcomes, s.clock())
		c.over(&c.outcomes[i])
		return
	}
	s.tally.failed++
	if c.run.Retry(o.Class, s.clock()) {
		s.after(float64(c.run.PauseMS()), c.attempt)
		return
	}
	c.run.End(c.outcomes, s.clock())
	c.over(nil)
}
