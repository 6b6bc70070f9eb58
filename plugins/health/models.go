package health

import "github.com/routeiq/routeiq/abi/jsontext"

// Models answers how every deployment is, by id:
//
//	{"models":[{"model_id":"a","model_name":"gpt-4o","status":"unhealthy","circuit_breaker":"open",
//	            "reason":"rate_limited","retry_after_seconds":12}]}
//
// status is healthy (its breaker is closed), degraded (half-open), unhealthy (open) or unconfigured (it can never be
// chosen). reason is the class of failure that opened its breaker, or why it is unconfigured; it and retry_after_seconds
// are there only where there is something to say.
func Models(in Input) []byte {
	all := in.deployments()
	dst := append(make([]byte, 0, 64+128*len(all)), `{"models":[`...)
	for i := range all {
		d := &all[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(append(dst, `{"model_id":`...), d.ID)
		dst = appendText(dst, "model_name", d.group)
		dst = appendText(dst, "status", d.status())
		dst = appendText(dst, "circuit_breaker", string(d.phase))
		switch {
		case d.Unconfigured != "":
			dst = appendText(dst, "reason", d.Unconfigured)
		case d.circuit != nil:
			dst = appendText(dst, "reason", string(d.circuit.Class))
			dst = appendNumber(dst, "retry_after_seconds", in.retryAfter(d.circuit))
		}
		dst = append(dst, '}')
	}
	return append(dst, ']', '}')
}
