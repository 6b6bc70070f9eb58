package host

import (
	"errors"
	"net/http"
	"time"

	"github.com/routeiq/routeiq/host/vm"
)

// What a module does to a stream in a tick, or in the callback of an HTTP call, may find the exchange waiting for its
// upstream. It must not have to wait for the upstream's next word then: that may never come.

// errReplied ends an attempt whose request the module has answered itself meanwhile.
var errReplied = errors.New("the module answered while the upstream was waited for")

// news is called from a callback of the module, and must not call into it.
func (x *exchange) news(s *vm.Stream, n vm.News) {
	a := x.live.Load()
	switch {
	case n == vm.Closed:
		x.closed()
	case a == nil: // nobody waits for an upstream: the stream's next callback sees what was done to it
	case n == vm.Replied:
		a.cancel(errReplied)
	case n == vm.Resumed:
		go a.resumed(s)
	}
}

// closed has the exchange wait no longer, whatever it waits for: the module closed its stream.
func (x *exchange) closed() {
	x.cancel(errReset)
	if x.client.writing.Load() {
		// It waits for its client, who does not read what has come: the write under way has to end.
		if err := http.NewResponseController(x.client.w).SetWriteDeadline(time.Now()); err != nil {
			x.host.log.Debug("a write could not be ended", "reason", err)
		}
	}
}

// resumed hands on what a filter held of the answer. When that ends the attempt, the upstream is waited for no longer.
func (a *attempt) resumed(s *vm.Stream) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over || a.way == nil {
		return
	}
	f := a.way
	if s == a.exchange.router.stream {
		f = &a.exchange.router
	}
	held, ok := f.stream.TakeResumed()
	if !ok {
		return
	}
	err := f.release(false)
	if err == nil && len(held) > 0 {
		err = f.next.data(held, false)
	}
	if err != nil {
		a.news = err
		a.cancel(err)
	}
}

// repliedOutside sends the answer that a module gave while the attempt waited for its upstream.
func (x *exchange) repliedOutside(a *attempt) {
	for _, s := range []*vm.Stream{a.adapter, x.router.stream} {
		if s.HasAnswer() {
			x.moduleReply(s)
			return
		}
	}
	x.trapped(errAnswerGone)
}
