package health

import (
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// listed is how many breakers Ready names: the body of a check that is made every few seconds stays small.
const listed = 100

// Ready answers whether the proxy takes requests: 200 with status "ready", 200 "degraded" while a breaker is open, and
// 503 "not_ready" while it drains or while fewer deployments than Config.Health.MinModels can be asked, those with a
// half-open breaker among them. Open breakers alone never make it 503: every proxy of a fleet sees the same upstream fail,
// and none would be left to serve the models that work.
//
//	{"status":"degraded","service":"routeiq","is_degraded":true,
//	 "checks":{"drain_status":{"status":"accepting","active_requests":3},
//	           "circuit_breakers":{"status":"degraded","open_breakers":["a"],
//	                               "breakers":{"a":{"state":"open","reason":"connect","retry_after_seconds":12}}}},
//	 "models":{"healthy":1,"degraded":0,"unhealthy":1,"unconfigured":0,"total":2},"request_id":"…"}
//
// Of breakers that are not closed the open ones come first, then the half-open; those past the first 100 are only
// counted, in circuit_breakers.not_listed. Where models are what is missing, checks.models says how many are available
// and how many are required.
func Ready(in Input) (status int, body []byte) {
	all := in.deployments()
	var count struct{ healthy, degraded, unhealthy, unconfigured int }
	var open, halfOpen []*deployment
	for i := range all {
		switch d := &all[i]; {
		case d.Unconfigured != "":
			count.unconfigured++
		case d.phase == breaker.Open:
			count.unhealthy++
			open = append(open, d)
		case d.phase == breaker.HalfOpen:
			count.degraded++
			halfOpen = append(halfOpen, d)
		default:
			count.healthy++
		}
	}
	available, required := count.healthy+count.degraded, 0
	if in.Config != nil {
		required = in.Config.Health.MinModels
	}

	status, word := 200, "ready"
	switch {
	case in.Drain != nil && in.Drain.Draining, available < required:
		status, word = 503, "not_ready"
	case len(open) > 0:
		word = "degraded"
	}
	dst := append([]byte(nil), `{"status":"`+word+`","service":"routeiq","is_degraded":`...)
	if len(open) > 0 {
		dst = append(dst, "true"...)
	} else {
		dst = append(dst, "false"...)
	}
	dst = append(dst, `,"checks":{`...)
	if in.Drain != nil {
		dst = appendDrain(dst, in.Drain)
	}
	dst = in.appendBreakers(dst, open, halfOpen)
	if available < required {
		dst = append(dst, `,"models":{"status":"unhealthy"`...)
		dst = appendNumber(dst, "available", int64(available))
		dst = append(appendNumber(dst, "required", int64(required)), '}')
	}
	dst = strconv.AppendInt(append(dst, `},"models":{"healthy":`...), int64(count.healthy), 10)
	dst = appendNumber(dst, "degraded", int64(count.degraded))
	dst = appendNumber(dst, "unhealthy", int64(count.unhealthy))
	dst = appendNumber(dst, "unconfigured", int64(count.unconfigured))
	dst = append(appendNumber(dst, "total", int64(len(all))), '}')
	return status, append(appendText(dst, "request_id", in.RequestID), '}')
}

// appendDrain begins the checks with drain_status.
func appendDrain(dst []byte, d *Drain) []byte {
	word := "accepting"
	if d.Draining {
		word = "draining"
	}
	dst = append(dst, `"drain_status":{"status":"`+word+`"`...)
	return append(appendNumber(dst, "active_requests", int64(d.Active)), '}', ',')
}

func (in Input) appendBreakers(dst []byte, open, halfOpen []*deployment) []byte {
	word := "healthy"
	if len(open) > 0 {
		word = "degraded"
	}
	left := len(open) + len(halfOpen)
	open = open[:min(len(open), listed)]
	halfOpen = halfOpen[:min(len(halfOpen), listed-len(open))]
	left -= len(open) + len(halfOpen)

	dst = append(dst, `"circuit_breakers":{"status":"`+word+`","open_breakers":[`...)
	for i, d := range open {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, d.ID)
	}
	dst = append(dst, `],"breakers":{`...)
	for i, d := range slices.Concat(open, halfOpen) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, d.ID), `:{"state":"`+string(d.phase)+`"`...)
		dst = appendText(dst, "reason", string(d.circuit.Class))
		dst = append(appendNumber(dst, "retry_after_seconds", in.retryAfter(d.circuit)), '}')
	}
	dst = append(dst, '}')
	if left > 0 {
		dst = appendNumber(dst, "not_listed", int64(left))
	}
	return append(dst, '}')
}
