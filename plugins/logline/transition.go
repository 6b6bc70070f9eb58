package logline

import "github.com/routeiq/routeiq/plugins/breaker"

// AppendTransition writes the log line of a breaker's transition: one JSON object, with the class of the attempt that
// caused it, and for how long it is open.
func AppendTransition(dst []byte, e *breaker.Event, nowMS int64) []byte {
	w := writer{dst: append(dst, '{')}
	w.text("event", "breaker")
	w.text("deployment", e.Deployment)
	w.text("from", string(e.From))
	w.text("to", string(e.To))
	w.text("reason", string(e.Class))
	if e.UntilMS > nowMS {
		w.int("open_ms", e.UntilMS-nowMS)
	}
	w.int("now_ms", nowMS)
	return append(w.dst, '}')
}
