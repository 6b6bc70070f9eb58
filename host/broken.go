package host

import (
	"strings"

	"github.com/routeiq/routeiq/host/vm"
)

// endHonestly is for an answer that breaks off after its headers went to the client. A cut stream tells a client nothing;
// so when it is one of events, the adapter is shown its end and may say in the client's own dialect that it is not
// whole. It tells whether that was done; else the connection has to be cut, so that half an answer does not pass for a
// whole one.
func (x *exchange) endHonestly() bool {
	if x.passing == nil || !x.client.takesEvents() {
		return false
	}
	x.passing.adapter.TakeReset() // a stream that was closed can still say why
	text, wrote, err := x.passing.adapter.EndResponse()
	if err == nil && wrote {
		x.router.stream.TakeReset()
		err = x.router.data(text, true)
		if err == nil {
			return true
		}
	}
	if isTrap(err) {
		x.lost = true
		x.host.report(x.member.worker, err)
	}
	return false
}

// takesEvents tells whether an event can be added to the answer that has begun.
func (c *client) takesEvents() bool {
	kind := strings.ToLower(c.headersSent.Value("content-type"))
	return strings.HasPrefix(kind, "text/event-stream") && !c.sized && !c.bodiless
}

// reset ends an exchange whose stream the module closed.
func (x *exchange) reset() {
	x.facts.Update(func(f *vm.Facts) { f.Flags, f.Details = f.Flags|vm.FlagLocalReset, "local_reset" })
	x.abort = !x.client.begun || !x.endHonestly()
}
