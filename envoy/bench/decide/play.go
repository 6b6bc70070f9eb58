package decide

import (
	"errors"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// play is the life of two workers of a proxy, of which one is measured. Its seconds pass as fast as its batches do.
type play struct {
	worker, other *worker
	nowMS         int64
	request       abi.Request
	prompt        abi.Prompt
	outcomes      [abi.MaxRetries]abi.Outcome
	seed          uint64
	last          string    // what the user says
	vector        []float32 // what an encoder makes of it
}

// startMS is a time early in the minute of nowMS: usage is counted in minutes, and all batches are to be in one.
func startMS(nowMS int64) int64 { return nowMS - nowMS%abi.MinuteMS + 1000 }

// known is how many answers of each deployment count at most, by default: lists of them are full then, and grow no more.
const known = 10

// acquaint lets both workers learn of every deployment, so that all signals are known; of some, attempts stay under way.
func (p *play) acquaint() {
	for _, w := range []*worker{p.worker, p.other} {
		p.nowMS++ // what is written in the same instant as before is not read again
		for range known {
			p.visit(w)
		}
		p.tick(w)
	}
	for i, d := range p.worker.router.Config().Groups[0].Deployments {
		if i%3 == 0 {
			p.ask(d.ID)
			run := p.worker.apart.Begin(&p.request)
			run.Advance(p.nowMS)
		}
	}
	p.tick(p.worker)
}

// visit makes an attempt at every deployment.
func (p *play) visit(w *worker) {
	for i, d := range w.router.Config().Groups[0].Deployments {
		p.ask(d.ID)
		p.answered(w.apart, i+int(p.seed))
	}
}

// answered makes a request whose first attempt answers; false: nobody was chosen.
func (p *play) answered(router *routing.Router, i int) bool {
	run := router.Begin(&p.request)
	at, attempt := run.Advance(p.request.NowMS)
	if attempt == nil {
		return false
	}
	run.Pass()
	outcomes := p.outcomes[:len(run.Decision.Attempts)]
	outcomes[at] = answer(i)
	run.End(outcomes, p.request.NowMS)
	outcomes[at] = abi.Outcome{}
	return true
}

// tick is a worker's, with the gauges it reads then.
func (p *play) tick(w *worker) {
	w.memory.Tick(p.nowMS)
	for i, poll := range w.router.Polls(p.nowMS) {
		w.router.Gauge(poll, float64(i%100)/100, float64(i%7), p.nowMS)
	}
}

// batch measures one second: decisions, whole requests, and the tick.
func (p *play) batch(r *Result, rounds int) error {
	p.nowMS += time.Second.Milliseconds()
	began := time.Now()
	if err := p.decide(rounds); err != nil {
		return err
	}
	r.Decision = append(r.Decision, per(rounds, began))

	began = time.Now()
	if err := p.serve(rounds); err != nil {
		return err
	}
	r.Request = append(r.Request, per(rounds, began))
	r.Requests += 2 * rounds

	p.visit(p.other)
	p.tick(p.other)
	began = time.Now()
	p.worker.memory.Tick(p.nowMS)
	r.Tick = append(r.Tick, per(1, began))
	p.tick(p.worker) // the gauges
	return nil
}

func per(n int, began time.Time) float64 { return float64(time.Since(began)) / float64(n) }

// words gives a request's words, and their vector where an encoder would have made one, to who goes by them.
func (p *play) words(router *routing.Router) {
	if words, _ := router.Reads(group); words {
		router.Read(&p.request, &p.prompt, nil)
		p.request.Encoded(p.vector)
	}
}

// decide makes decisions, and no attempts.
func (p *play) decide(rounds int) error {
	router := p.worker.router
	for i := range rounds {
		p.ask(group)
		p.later(i, rounds)
		p.words(router)
		run := router.Begin(&p.request)
		if len(run.Decision.Attempts) == 0 {
			return errNobody
		}
		run.End(nil, p.request.NowMS)
	}
	return nil
}

// serve makes requests whose first attempt answers.
func (p *play) serve(rounds int) error {
	router := p.worker.router
	for i := range rounds {
		p.ask(group)
		p.later(i, rounds)
		p.words(router)
		if !p.answered(router, i) {
			return errNobody
		}
	}
	return nil
}

var errNobody = errors.New("nobody was chosen")
