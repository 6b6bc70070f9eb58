package vm

import (
	"sync"
	"time"
)

// Response flags, as bits of the property response.flags. The numbers are Envoy's
// (envoy/stream_info/stream_info.h, CoreResponseFlag).
const (
	FlagNoHealthyUpstream       uint64 = 1 << 1  // UH
	FlagResponseTimeout         uint64 = 1 << 2  // UT
	FlagLocalReset              uint64 = 1 << 3  // LR
	FlagUpstreamReset           uint64 = 1 << 4  // UR
	FlagConnectFailure          uint64 = 1 << 5  // UF
	FlagUpstreamTermination     uint64 = 1 << 6  // UC
	FlagDownstreamDisconnect    uint64 = 1 << 14 // DC
	FlagRetryLimit              uint64 = 1 << 15 // URX
	FlagStreamIdle              uint64 = 1 << 16 // SI
	FlagDownstreamProtocolError uint64 = 1 << 18 // DPE
	FlagUpstreamProtocolError   uint64 = 1 << 23 // UPE
	FlagNoCluster               uint64 = 1 << 24 // NC
)

// Exchange is what all filters of one HTTP exchange share: the filter state modules set with set_property, and what
// the proxy knows of the exchange, which they read with get_property. It may be used by several goroutines.
type Exchange struct {
	mu     sync.Mutex
	state  []property
	facts  Facts
	onNews func(*Stream, News) // nil: nobody waits
}

type property struct {
	name  string
	value []byte
}

// Facts are what the proxy knows of an exchange. Empty and zero values are facts not known (yet).
type Facts struct {
	Start    time.Time
	Duration time.Duration // set when the exchange is complete
	Protocol string        // "HTTP/1.1" or "HTTP/2"

	ConnectionID       uint64
	SourceAddress      string // host:port
	DestinationAddress string // host:port
	ServerName         string // of the client's TLS hello
	TLSVersion         string

	BytesReceived, BytesSent int64

	Code     int    // status of the answer
	Flags    uint64 // Flag…
	Details  string // Envoy's response.code_details
	Cluster  string // of the last attempt
	Upstream string // host:port of the last attempt
	Failure  string // transport failure of the last attempt
	Attempts int
}

// NewExchange returns an exchange with what is known at its start.
func NewExchange(f Facts) *Exchange { return &Exchange{facts: f} }

// News is what a module did to a stream in a callback of another context, while nobody waited for it: a tick, or the
// answer to an HTTP call, may find the proxy waiting for the network.
type News int

// The news.
const (
	Resumed News = iota // the held answer is to go on: see Stream.TakeResumed
	Replied             // it has an Answer of its own
	Closed              // it is to end
)

// OnNews has f called with news of the exchange's streams. f must not call into a VM.
func (x *Exchange) OnNews(f func(*Stream, News)) {
	x.mu.Lock()
	x.onNews = f
	x.mu.Unlock()
}

func (x *Exchange) tell(s *Stream, n News) {
	x.mu.Lock()
	f := x.onNews
	x.mu.Unlock()
	if f != nil {
		f(s, n)
	}
}

// Update changes what is known.
func (x *Exchange) Update(change func(*Facts)) {
	x.mu.Lock()
	change(&x.facts)
	x.mu.Unlock()
}

// Facts returns what is known now.
func (x *Exchange) Facts() Facts {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.facts
}

// Property returns the filter state of a name, as a module set it, or nothing.
func (x *Exchange) Property(name string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.state {
		if x.state[i].name == name {
			return string(x.state[i].value)
		}
	}
	return ""
}

// set copies name and value into the filter state.
func (x *Exchange) set(name, value []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.state {
		if x.state[i].name == string(name) {
			x.state[i].value = append(x.state[i].value[:0], value...)
			return
		}
	}
	x.state = append(x.state, property{string(name), append([]byte(nil), value...)})
}
