package conformance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// upstreams are the providers of one scenario, by letter.
type upstreams map[string]*upstream.Upstream

// Play runs a scenario on a session and returns everything that was not as expected.
func (s *Scenario) play(ctx context.Context, session Session, ups upstreams) []error {
	var errs []error
	p := player{session: session, ups: ups, kept: map[string]string{}}
	var meanwhile sync.WaitGroup
	var mu sync.Mutex
	add := func(step *Step, found []error) {
		mu.Lock()
		defer mu.Unlock()
		for _, err := range found {
			errs = append(errs, fmt.Errorf("line %d: %w", step.Line, err))
		}
	}
	for _, step := range s.Steps {
		limit := step.Wait + step.Minute + patience
		if step.Call != nil {
			limit += time.Duration(step.Call.Times) * patience / 100
		}
		if s.Slow {
			limit *= 2
		}
		ctx, stop := context.WithTimeout(ctx, limit)
		if step.Call == nil || !step.Call.Meanwhile || !session.Wire() {
			add(step, p.step(ctx, step))
			stop()
			continue
		}
		own, begun := p, make(chan struct{}) // its answer changes nothing for the steps that follow
		own.begun = sync.OnceFunc(func() { close(begun) })
		meanwhile.Go(func() {
			defer stop()
			defer own.begun()
			add(step, own.step(ctx, step))
		})
		<-begun // else the requests of the step before would count
		if !p.arrived(ctx, step.Call.Times) {
			add(step, []error{errors.New("the upstreams did not get all calls")})
		}
	}
	meanwhile.Wait()
	return errs
}

// arrived waits until upstreams have so many requests of the step that began.
func (p *player) arrived(ctx context.Context, n int) bool {
	for {
		seen := 0
		for _, u := range p.ups {
			seen += len(u.Seen())
		}
		if seen >= n {
			return true
		}
		if Pause(ctx, time.Millisecond) != nil {
			return false
		}
	}
}

// player is what lasts from step to step.
type player struct {
	session Session
	ups     upstreams
	kept    map[string]string // ids of responses by name
	begun   func()            // is told when the upstreams know the step; nil: nobody wants to know
}

func (p *player) step(ctx context.Context, step *Step) []error {
	if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); step.Minute > 0 && p.session.Wire() && left < step.Minute {
		step = &Step{Line: step.Line, Wait: left}
	}
	if step.Call == nil {
		if err := p.session.Wait(ctx, step.Wait); err != nil {
			return []error{err}
		}
		return nil
	}
	for letter, u := range p.ups {
		u.Play(step.Scripts[letter]...)
		if g, ok := step.Gauges[letter]; ok {
			u.Gauge(g)
		}
	}
	if p.begun != nil {
		p.begun()
	}
	for letter := range step.Scripts {
		if p.ups[letter] == nil {
			return []error{fmt.Errorf("the configuration has no upstream %s", letter)}
		}
	}
	r := &result{call: step.Call, seen: map[string][]upstream.Seen{}, wire: p.session.Wire(), kept: p.replacer()}
	texts, errs := p.calls(ctx, step, r)
	if errs != nil {
		return errs
	}
	for _, e := range step.Expects {
		if e.gone && r.wire {
			if err := p.awaitGone(ctx, e); err != nil {
				errs = append(errs, err)
			}
		}
	}
	for letter, u := range p.ups {
		if seen := u.Seen(); len(seen) > 0 {
			r.seen[letter] = seen
		}
	}
	for i, a := range r.answers {
		call := step.Call.nth(i+1, r.kept)
		call.Times = step.Call.Times
		if r.wire {
			errs = append(errs, invariants(call, a, r.lines[i], texts[i], r.seen)...)
		}
	}
	p.keep(step.Call, r)
	r.kept = p.replacer()
	for _, e := range step.Expects {
		if e.wire && !r.wire {
			continue
		}
		if err := e.check(r); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Text, err))
		}
	}
	return errs
}

// calls makes the call as often as it says, and gathers the log lines that are looked at.
func (p *player) calls(ctx context.Context, step *Step, r *result) (texts [][]byte, errs []error) {
	logged := false
	for _, e := range step.Expects {
		logged = logged || e.logged
	}
	if errs := p.make(ctx, step, r); len(errs) > 0 {
		return nil, errs
	}
	texts, r.lines = make([][]byte, len(r.answers)), make([]*Line, len(r.answers))
	for i, a := range r.answers {
		id := step.Call.nth(i+1, r.kept).ID
		if id == "none" && r.wire {
			id = a.Header.Get("x-request-id")
		}
		if !logged && a.Header.Get("x-routeiq-deployment") == "" {
			continue
		}
		text, err := p.session.Line(ctx, id)
		if err == nil {
			texts[i] = text
			r.lines[i], err = ParseLine(text)
		}
		if err == nil {
			if err = p.session.Replay(text); err != nil {
				err = fmt.Errorf("the plain core decides otherwise: %w: %s", err, text)
			}
		}
		if err != nil {
			return nil, []error{err}
		}
	}
	return texts, nil
}

// make makes the call as often as it says: one after the other, or all at the same time.
func (p *player) make(ctx context.Context, step *Step, r *result) []error {
	n := step.Call.Times
	r.answers = make([]*Answer, n)
	errs := make([]error, n)
	once := func(i int) {
		call := step.Call.nth(i+1, r.kept)
		call.Read = func(events int) {
			for _, u := range p.ups {
				u.Read(events)
			}
		}
		if r.answers[i], errs[i] = p.call(ctx, call); errs[i] != nil {
			errs[i] = fmt.Errorf("call %s: %w", call.ID, errs[i])
		}
		for _, u := range p.ups {
			u.Over()
		}
	}
	var all sync.WaitGroup
	for i := range n {
		if step.Call.Together {
			all.Go(func() { once(i) })
		} else if once(i); errs[i] != nil {
			break
		}
	}
	all.Wait()
	r.call = step.Call.nth(1, r.kept)
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// call makes a call once. A client that leaves before the answer does so when an upstream has its request.
func (p *player) call(ctx context.Context, call *Call) (*Answer, error) {
	if call.Leaves != 0 || !p.session.Wire() {
		return p.session.Do(ctx, call)
	}
	leaving, leave := context.WithCancel(ctx)
	defer leave()
	for _, u := range p.ups {
		go func() {
			if u.AwaitSeen(leaving) {
				leave()
			}
		}()
	}
	a, err := p.session.Do(leaving, call)
	if err != nil && leaving.Err() != nil && ctx.Err() == nil {
		return &Answer{Left: true}, nil
	}
	return a, err
}

func (p *player) awaitGone(ctx context.Context, e *Expect) error {
	letter := strings.Fields(e.Text)[1]
	u := p.ups[letter]
	if u == nil {
		return fmt.Errorf("%s: the configuration has no upstream %s", e.Text, letter)
	}
	ctx, stop := context.WithTimeout(ctx, patience/2)
	defer stop()
	if !u.AwaitGone(ctx) {
		return fmt.Errorf("%s: it never noticed that its client left", e.Text)
	}
	return nil
}

// responseID is where a response says its id, whole or streamed.
var responseID = regexp.MustCompile(`"id":"(resp_[^"]+)"`)

// keep remembers the id of the response that a call made.
func (p *player) keep(call *Call, r *result) {
	if call.Keeps == "" {
		return
	}
	if found := responseID.FindSubmatch(r.answers[0].Body); found != nil {
		p.kept[call.Keeps] = string(found[1])
	}
}

func (p *player) replacer() *strings.Replacer {
	var pairs []string
	for name, id := range p.kept {
		pairs = append(pairs, "{"+name+"}", id)
	}
	return strings.NewReplacer(pairs...)
}

// Pause lets real time pass: what a session over a network does to Wait.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
