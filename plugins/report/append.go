package report

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Append writes a report as JSON, as encoding/json would: that is not linked into the module.
func Append(dst []byte, r *abi.Report) []byte {
	dst = text(append(dst, '{'), "node", r.Node)
	dst = number(dst, "worker", int64(r.Worker))
	dst = text(dst, "revision", r.Revision)
	dst = text(dst, "document", r.Document)
	dst = number(dst, "started_ms", r.StartedMS)
	dst = number(dst, "now_ms", r.NowMS)
	if len(r.Requests) > 0 {
		dst = append(name(dst, "requests"), '[')
		for i, c := range r.Requests {
			dst = text(item(dst, i), "revision", c.Revision)
			dst = number(dst, "answered", int64(c.Answered))
			dst = append(number(dst, "failed", int64(c.Failed)), '}')
		}
		dst = append(dst, ']')
	}
	if len(r.Attempts) > 0 {
		dst = append(name(dst, "attempts"), '[')
		for i, c := range r.Attempts {
			dst = text(item(dst, i), "revision", c.Revision)
			dst = text(dst, "deployment", c.Deployment)
			dst = number(dst, "made", int64(c.Made))
			dst = number(dst, "failed", int64(c.Failed))
			if c.Paused != 0 {
				dst = number(dst, "paused", int64(c.Paused))
			}
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func item(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return append(dst, '{')
}

func name(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func text(dst []byte, key, value string) []byte { return jsontext.AppendString(name(dst, key), value) }

func number(dst []byte, key string, value int64) []byte {
	return strconv.AppendInt(name(dst, key), value, 10)
}
