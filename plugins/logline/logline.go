// Package logline writes the one log line of a request and reads it back. The line holds all that was decided from, so
// that the decision can be made again (Replay); it never holds text of the prompt, nor a key.
package logline

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Line is what is known of a request when it is over.
type Line struct {
	Request  abi.Request
	Decision abi.Decision
	Outcomes []abi.Outcome // one for each attempt, without a class for those that were not made; or none at all
	Status   int           // the client got; 0 when it left before
	TotalMS  int64
}

// Append writes the line as one JSON object without a line break. Members without a value are left out.
func (l *Line) Append(dst []byte) []byte {
	w := writer{dst: append(dst, '{')}
	q, d := &l.Request, &l.Decision
	w.text("request_id", q.ID)
	w.text("revision", d.Revision)
	w.int("now_ms", q.NowMS)
	w.int("turn", int64(q.Turn))
	w.text("api", string(q.API))
	w.text("model", q.Model)
	w.flag("stream", q.Stream)
	w.int("input_tokens", int64(q.InputTokens))
	if len(q.Needs) > 0 {
		w.texts("needs", q.Needs)
	}
	w.text("pinned", q.Pinned)
	if q.Asked.Retries != nil {
		w.key("asked_retries")
		w.dst = strconv.AppendInt(w.dst, int64(*q.Asked.Retries), 10)
	}
	w.int("asked_timeout_ms", int64(q.Asked.TimeoutMS))
	w.int("asked_stream_timeout_ms", int64(q.Asked.StreamTimeoutMS))
	if q.Asked.Fallbacks != nil {
		w.texts("asked_fallbacks", q.Asked.Fallbacks)
	}
	w.flag("budget_spent", q.Spent)
	if len(q.Tags) > 0 {
		w.texts("tags", q.Tags)
	}
	w.text("region", q.Region)
	w.text("profile", q.Profile)
	w.text("user_agent", q.UserAgent)
	w.int("rung", int64(q.Rung))
	w.float("confidence", q.Confidence)
	w.some("cost_weight", q.CostWeight)
	w.some("quality_floor", q.QualityFloor)
	w.float("agentic", q.Agentic)
	w.flag("asks_reasoning", q.Reasoning)
	w.text("intent", q.Intent)
	w.text("session", q.Session)
	w.text("sticky", q.Sticky)
	w.text("group", d.Group)
	w.text("strategy", d.Strategy)
	w.text("artifact", d.Model)
	w.text("abstains", string(d.Abstains))
	if s := d.Shadow; s != nil {
		w.text("shadow_strategy", s.Strategy)
		w.text("shadow_deployment", s.Deployment)
		w.text("shadow_artifact", s.Model)
		w.text("shadow_abstains", string(s.Abstains))
	}
	w.inquiry(&d.Inquiry)
	if len(d.Attempts) > 0 {
		w.list("attempts", len(d.Attempts), func(i int) { l.attempt(&w, i) })
	}
	if len(d.LeftOut) > 0 {
		w.list("left_out", len(d.LeftOut), func(i int) {
			w.text("deployment", d.LeftOut[i].Deployment)
			w.text("reason", string(d.LeftOut[i].Reason))
		})
	}
	if len(d.Seen) > 0 {
		w.list("seen", len(d.Seen), func(i int) { w.seen(&d.Seen[i]) })
	}
	w.int("unseen", int64(d.Unseen))
	if d.Refusal != nil {
		w.text("refused", d.Refusal.Code)
	}
	w.int("status", int64(l.Status))
	w.int("total_ms", l.TotalMS)
	return append(w.dst, '}')
}

func (l *Line) attempt(w *writer, i int) {
	a := &l.Decision.Attempts[i]
	w.text("deployment", a.Deployment.ID)
	w.text("group", a.Group)
	w.text("upstream_model", a.Model)
	w.flag("probe", a.Probe)
	w.flag("forced", a.Forced)
	w.text("only_after", string(a.Only))
	if i >= len(l.Outcomes) || l.Outcomes[i].Class == "" {
		return // it was not needed
	}
	o := &l.Outcomes[i]
	w.text("class", string(o.Class))
	w.int("status", int64(o.Status))
	w.text("reason", o.Reason)
	w.int("first_byte_ms", o.FirstByteMS)
	w.int("duration_ms", o.DurationMS)
	w.int("input", int64(o.Usage.Input))
	w.int("output", int64(o.Usage.Output))
	w.int("cached", int64(o.Usage.Cached))
	w.int("reasoning", int64(o.Usage.Reasoning))
	w.flag("estimated", o.Usage.Estimated)
	if a.Deployment.Price != nil {
		w.float("cost_usd", a.Deployment.Price.Of(o.Usage))
	}
}

// writer appends members of one object.
type writer struct{ dst []byte }

func (w *writer) key(name string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(w.dst, '"')
	w.dst = append(w.dst, name...)
	w.dst = append(w.dst, '"', ':')
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.key(name)
		w.dst = jsontext.AppendString(w.dst, value)
	}
}

func (w *writer) int(name string, value int64) {
	if value != 0 {
		w.key(name)
		w.dst = strconv.AppendInt(w.dst, value, 10)
	}
}

func (w *writer) flag(name string, value bool) {
	if value {
		w.key(name)
		w.dst = append(w.dst, "true"...)
	}
}

func (w *writer) texts(name string, values []string) {
	w.key(name)
	w.dst = append(w.dst, '[')
	for i, v := range values {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = jsontext.AppendString(w.dst, v)
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) list(name string, n int, item func(i int)) {
	w.key(name)
	w.dst = append(w.dst, '[')
	for i := range n {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(w.dst, '{')
		item(i)
		w.dst = append(w.dst, '}')
	}
	w.dst = append(w.dst, ']')
}
