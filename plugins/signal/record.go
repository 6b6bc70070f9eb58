package signal

import (
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// Record is what a worker knows of one deployment. Whoever may choose the deployment holds it; it outlives documents, so
// that a change of the configuration forgets nothing.
type Record struct {
	ID        string
	segment   int // of the board, into which its id falls
	board     *Board
	own       state
	rest      state // of all other workers, as of the last tick
	slow      ring  // latencies
	first     ring
	view      abi.Signals
	sums      []float64 // own and the others', of the strategy
	pool      *Record   // that has the length of its answers, with others; nil: it has its own
	members   []*Record // whose pool it is
	holds     int       // documents that have it
	usedS     int64     // when it last changed, Unix seconds
	learnedMS int64     // when the strategy last learned here
	dirty     bool      // the others do not know it as it is
}

// Settings bound what a record remembers.
type Settings struct {
	Kind  string  // the strategy
	Sums  int     // how many numbers of its own it keeps
	List  int     // newest latencies that count
	TTLMS float64 // how long a latency counts
}

// DefaultSettings are LiteLLM's: the last ten latencies, for an hour.
var DefaultSettings = Settings{List: 10, TTLMS: 3_600_000}

// Signals is what is known. It changes when the next thing happens.
func (r *Record) Signals() *abi.Signals { return &r.view }

// Sums returns the strategy's own numbers, of all workers. They must not be changed.
func (r *Record) Sums(s *Settings) []float64 {
	if len(r.sums) != s.Sums || r.kind() != s.Kind {
		return make([]float64, s.Sums)
	}
	return r.sums
}

func (r *Record) kind() string {
	if r.own.kind != "" {
		return r.own.kind
	}
	return r.rest.kind
}

// Begin tells that an attempt is on its way.
func (r *Record) Begin(nowMS int64) {
	r.own.inFlight++
	r.touch(nowMS)
}

// Leave tells that an attempt that was begun is over.
func (r *Record) Leave(nowMS int64) {
	r.own.inFlight--
	r.touch(nowMS)
}

// Use counts an attempt and the tokens of it, in the minute of nowMS.
func (r *Record) Use(requests, tokens int, nowMS int64) {
	r.own.mergeUsage(&state{minute: nowMS / abi.MinuteMS, requests: requests, tokens: tokens})
	r.touch(nowMS)
}

// Answer remembers how fast an answer was: ms per output token, and ms to the first event of a stream; below 0: not known.
func (r *Record) Answer(latency, first float64, s *Settings, nowMS int64) {
	if latency >= 0 {
		r.slow.add(latency, nowMS, s.List)
		r.own.latency = r.slow.sum(nowMS, s.TTLMS)
	}
	if first >= 0 {
		r.first.add(first, nowMS, s.List)
		r.own.first = r.first.sum(nowMS, s.TTLMS)
	}
	r.touch(nowMS)
}

// outputMemory is after how many answers an answer's length counts half as much.
const outputMemory = 256

// Share makes the length of answers one for all records that share a pool: it is a matter of the model, and where each replica
// had a mean of its own, chance would tell equal ones apart.
func (r *Record) Share(pool *Record) {
	if r.pool == pool {
		return
	}
	if r.pool != nil {
		r.pool.members = slices.DeleteFunc(r.pool.members, func(m *Record) bool { return m == r })
	}
	r.pool = pool
	pool.members = append(pool.members, r)
	r.refresh()
}

// Length remembers how many tokens an answer had.
func (r *Record) Length(tokens int, nowMS int64) {
	if r.pool != nil {
		r.pool.Length(tokens, nowMS)
		return
	}
	o := &r.own.output
	if o.count >= outputMemory {
		o.total, o.count = o.total/2, o.count/2
	}
	o.merge(sum{float64(tokens), 1, nowMS})
	r.touch(nowMS)
}

// Spend counts US dollars in a period, which begins at nothing.
func (r *Record) Spend(usd float64, period, nowMS int64) {
	r.own.mergeSpent(&state{period: period, spent: usd})
	r.touch(nowMS)
}

// Spent returns what was spent in a period, by all workers.
func (r *Record) Spent(period int64) float64 {
	usd := 0.0
	for _, s := range [2]*state{&r.own, &r.rest} {
		if s.period == period {
			usd += s.spent
		}
	}
	return usd
}

// Gauge sets what an inference server says of itself.
func (r *Record) Gauge(cacheUsage, waiting float64, nowMS int64) {
	r.own.usage, r.own.waiting, r.own.gaugesMS = cacheUsage, waiting, nowMS
	r.touch(nowMS)
}

// Learn changes the strategy's own numbers: this worker's part of them.
func (r *Record) Learn(s *Settings, nowMS int64, change func(own []float64)) {
	if r.own.kind != s.Kind || len(r.own.sums) != s.Sums {
		r.own.kind, r.own.sums = s.Kind, make([]float64, s.Sums)
	}
	change(r.own.sums)
	r.learnedMS = nowMS
	r.touch(nowMS)
}

func (r *Record) touch(nowMS int64) {
	r.usedS = nowMS / 1000
	if !r.dirty {
		r.dirty = true
		r.board.dirty = append(r.board.dirty, r)
	}
	r.refresh()
}

// refresh makes the view anew.
func (r *Record) refresh() {
	all := r.own
	all.sums = r.sums[:0]
	all.sums = append(all.sums, r.own.sums...)
	all.merge(&r.rest)
	r.sums = all.sums
	r.view = abi.Signals{
		InFlight: max(all.inFlight, 0), Minute: all.minute, Requests: all.requests, Tokens: all.tokens,
		Latency: all.latency.mean(), First: all.first.mean(), Output: all.output.mean(),
		CacheUsage: all.usage, Waiting: all.waiting, GaugesMS: all.gaugesMS,
	}
	if r.pool != nil {
		r.view.Output = r.pool.view.Output
	}
	for _, m := range r.members {
		m.view.Output = r.view.Output
	}
}
