package simulate

import "github.com/routeiq/routeiq/abi"

// Server is a deployment: what the configuration says of it, and how it behaves.
type Server struct {
	ID, Model string
	USD       abi.Price // for a million tokens
	Weight    float64   // 0: none is stated

	FirstMS float64 // to an answer's first token, of an empty input
	InputMS float64 // more of it for each token of input that is not in the prompt cache
	TokenMS float64 // for each token of output
	Noise   float64 // deviation of the logarithms of all three
	Verbose float64 // by how much its answers are longer than others'; 0: they are not
	// Capacity is how many answers it gives at a time at full speed; of more, each is slower in proportion. 0: any.
	Capacity int
	// Memory is how many tokens it holds at a time. A request beyond that waits until there is room. 0: any.
	Memory int
	// RPM and TPM are quotas in a minute of the clock, of which the configuration says nothing. Beyond, it answers 429.
	RPM, TPM int
	Failing  float64 // the part of requests that fail
	CacheS   float64 // how long it keeps a conversation's prompt; 0: it has no cache
	Changes  []Change
}

// Change is a time in which a server is another. Times are parts of the whole, 0 to 1.
type Change struct {
	From, To float64
	Slower   float64 // times as slow; 0: as fast as ever
	Failing  float64 // instead of its own; 0: as ever
}

// job is an attempt at a server.
type job struct {
	*call
	beganMS float64
	dice    dice
	output  int
	cached  int
	first   func()
	done    func(abi.Outcome)
}

// server is one that runs.
type server struct {
	*Server
	sim      *simulation
	running  int
	held     int // tokens
	waiting  []*job
	minute   int64
	requests int // in the minute
	tokens   int
	prompts  map[string]prompt // by client
}

// prompt is a conversation in the prompt cache.
type prompt struct {
	tokens int
	atMS   float64
}

// refusalMS is how long a server takes to say no.
const refusalMS = 50

func (s *server) change() (slower, failing float64) {
	slower, failing = 1, s.Failing
	at := s.sim.nowMS / s.sim.lastMS
	for _, c := range s.Changes {
		if at >= c.From && at < c.To {
			if c.Slower > 0 {
				slower = c.Slower
			}
			if c.Failing > 0 {
				failing = c.Failing
			}
		}
	}
	return slower, failing
}

// serve takes an attempt.
func (s *server) serve(j *job) {
	if s.Verbose > 0 {
		j.output = int(float64(j.output) * s.Verbose)
	}
	if wait := s.quota(j); wait > 0 {
		s.fail(j, abi.Outcome{Class: abi.ClassRateLimited, Status: 429, RetryAfterMS: wait}, refusalMS)
		return
	}
	slower, failing := s.change()
	if j.dice.unit() < failing {
		s.fail(j, abi.Outcome{Class: abi.ClassServerError, Status: 500}, s.FirstMS*slower)
		return
	}
	s.waiting = append(s.waiting, j)
	s.begin()
}

func (s *server) fail(j *job, o abi.Outcome, afterMS float64) {
	s.sim.after(afterMS, func() {
		o.FirstByteMS = int64(afterMS)
		s.end(j, o)
	})
}

// quota counts a request; it returns after how many milliseconds there is room where there is none.
func (s *server) quota(j *job) (waitMS int64) {
	const minute = abi.MinuteMS
	now := s.sim.clock()
	if s.minute != now/minute {
		s.minute, s.requests, s.tokens = now/minute, 0, 0
	}
	size := j.input + j.output
	if s.RPM > 0 && s.requests >= s.RPM || s.TPM > 0 && s.tokens+size > s.TPM {
		return minute - now%minute
	}
	s.requests++
	s.tokens += size
	return 0
}

// begin starts as many of those that wait as there is memory for, in turn.
func (s *server) begin() {
	for len(s.waiting) > 0 {
		j := s.waiting[0]
		size := j.input + j.output
		if s.Memory > 0 && s.running > 0 && s.held+size > s.Memory {
			return
		}
		s.waiting = s.waiting[1:]
		s.running++
		s.held += size
		slower, _ := s.change()
		factor := slower * Spread{1, s.Noise}.draw(&j.dice)
		if s.Capacity > 0 {
			factor *= max(1, float64(s.running)/float64(s.Capacity))
		}
		if p, ok := s.prompts[j.name]; ok && s.sim.nowMS-p.atMS < s.CacheS*1000 {
			j.cached = min(p.tokens, j.input)
		}
		firstMS := (s.FirstMS + s.InputMS*float64(j.input-j.cached)) * factor
		wholeMS := firstMS + s.TokenMS*float64(j.output)*factor
		waitedMS := s.sim.nowMS - j.beganMS
		s.sim.after(firstMS, j.first)
		s.sim.after(wholeMS, func() { s.finish(j, size, int64(waitedMS+firstMS)) })
	}
}

// finish ends an answer.
func (s *server) finish(j *job, size int, firstMS int64) {
	s.running--
	s.held -= size
	if s.CacheS > 0 {
		s.prompts[j.name] = prompt{size, s.sim.nowMS}
	}
	s.begin()
	s.end(j, abi.Outcome{
		Class: abi.ClassOK, Status: 200, FirstByteMS: max(firstMS, 1),
		Usage: abi.Usage{Input: j.input, Output: j.output, Cached: j.cached},
	})
}

func (s *server) end(j *job, o abi.Outcome) {
	o.Deployment = s.ID
	o.DurationMS = int64(s.sim.nowMS - j.beganMS)
	j.done(o)
}

// gauges are what its page of metrics says.
func (s *server) gauges() (cacheUsage, waiting float64) {
	if s.Memory > 0 {
		cacheUsage = min(float64(s.held)/float64(s.Memory), 1)
	}
	return cacheUsage, float64(len(s.waiting))
}
