package dialect

import (
	"math"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// What a client asks of the gateway itself stands, as LiteLLM's clients write it, in members of the body and in headers.
// No upstream is to see it: OpenAI and others refuse a body that holds a member they do not know. So a member that is
// read here is taken out of what Rewrite returns.

// gateway is a member of the body that is meant for us.
type gateway uint8

const (
	noGateway gateway = iota
	gatewayRetries
	gatewayTimeout
	gatewayStreamTimeout
	gatewayFallbacks
	gatewayNoFallbacks
	gatewayContextFallbacks // LiteLLM's for two kinds of failures, which are the configuration's here: they are not applied
	gatewayContentFallbacks
	gatewayTags
	gatewayRegion
	gatewaySession
	gatewayLiteLLM
	gatewayMetadata // only where it holds a name of ours: see Hints
)

// gatewayOf tells which of them key names.
func gatewayOf(key []byte) gateway {
	switch string(key) {
	case "num_retries":
		return gatewayRetries
	case "timeout":
		return gatewayTimeout
	case "stream_timeout":
		return gatewayStreamTimeout
	case "fallbacks":
		return gatewayFallbacks
	case "disable_fallbacks":
		return gatewayNoFallbacks
	case "context_window_fallbacks":
		return gatewayContextFallbacks
	case "content_policy_fallbacks":
		return gatewayContentFallbacks
	case "tags":
		return gatewayTags
	case "allowed_model_region":
		return gatewayRegion
	case "litellm_session_id":
		return gatewaySession
	case "litellm_metadata":
		return gatewayLiteLLM
	case "metadata":
		return gatewayMetadata
	}
	return noGateway
}

// ask reads a member that is meant for us. from is where the member before it ended.
func (q *request) ask(which gateway, key []byte, from int) error {
	name := string(key)
	if err := q.once(seenRetries<<(which-gatewayRetries), name); err != nil {
		return err
	}
	ours, err := true, error(nil)
	if which == gatewayMetadata {
		ours, err = q.metadata(name, &q.hints[hintsMetadata])
	} else {
		err = q.asked(which, name)
	}
	if err == nil && ours {
		q.cut(from)
	}
	return err
}

// asked reads the member's value; null asks nothing.
func (q *request) asked(which gateway, name string) (err error) {
	kind := q.r.Peek()
	if kind == jsontext.Null || kind == jsontext.Invalid { // no value at all is left to the reader's own refusal
		return q.r.Skip()
	}
	a, own := &q.b.Asked, &q.hints[hintsOwn]
	switch which {
	case gatewayRetries:
		a.Retries, err = q.retries(name)
	case gatewayTimeout:
		a.TimeoutMS, err = q.seconds(name)
	case gatewayStreamTimeout:
		a.StreamTimeoutMS, err = q.seconds(name)
	case gatewayFallbacks:
		err = q.fallbacks()
	case gatewayNoFallbacks:
		q.noFallbacks, err = q.flag(name)
	case gatewayContextFallbacks, gatewayContentFallbacks:
		err = q.r.Skip()
	case gatewayTags:
		own.Tags, err = q.tags(name)
	case gatewayRegion:
		own.Region, err = q.hintText(name)
	case gatewaySession:
		own.Session, err = q.hintText(name)
	case gatewayLiteLLM:
		_, err = q.metadata(name, &q.hints[hintsLiteLLM])
	}
	return err
}

// cut takes the member that ends here out of the body, with the comma before it, or the one behind it where nothing
// stays before it.
func (q *request) cut(from int) {
	end := q.r.Offset()
	at := span{from, end}
	if from == q.lead {
		at.start = afterBlanks(q.text, at.start)
		if q.text[at.start] == ',' { // cut with the member before this one
			at.start = afterBlanks(q.text, at.start+1)
		}
		if next := afterBlanks(q.text, end); next < len(q.text) && q.text[next] == ',' {
			at.end = next + 1
		}
		q.lead = end
	}
	q.b.cuts = append(q.b.cuts, at)
}

func afterBlanks(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
		at++
	}
	return at
}

var wantRetries = "a whole number from 0 to " + strconv.Itoa(abi.MaxRetries)

func (q *request) retries(name string) (*int, error) {
	if q.r.Peek() != jsontext.Number {
		return nil, q.wrongType(name, wantRetries)
	}
	v, err := q.r.Float()
	if err != nil {
		return nil, err
	}
	if n, ok := wholeRetries(v); ok {
		return &n, nil
	}
	return nil, q.wrongValue(name, wantRetries)
}

func wholeRetries(v float64) (int, bool) {
	n := int(min(max(v, -1), abi.MaxRetries+1))
	return n, float64(n) == v && n >= 0 && n <= abi.MaxRetries
}

const wantSeconds = "seconds, a number above 0"

// seconds reads a time in seconds, as a number or as a string that holds one, and returns it in milliseconds.
func (q *request) seconds(name string) (ms int, err error) {
	var v float64
	ok := true
	switch q.r.Peek() {
	case jsontext.Number:
		v, err = q.r.Float()
	case jsontext.String:
		var s string
		if s, err = q.r.String(); err == nil {
			v, ok = decimal(s)
		}
	default:
		return 0, q.wrongType(name, wantSeconds)
	}
	if err != nil {
		return 0, err
	}
	if ms, ok = milliseconds(v, ok); !ok {
		return 0, q.wrongValue(name, wantSeconds)
	}
	return ms, nil
}

// milliseconds rounds up, so that nothing that was asked for becomes 0, which would mean: not asked.
func milliseconds(seconds float64, ok bool) (int, bool) {
	if !ok || !(seconds > 0) {
		return 0, false
	}
	return int(math.Ceil(min(seconds*1000, math.MaxInt32))), true
}

// decimal reads a number as people write it: digits, a point, an exponent; no hexadecimal, no infinity, nothing that a
// double cannot hold.
func decimal(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	for i := range len(s) {
		if c := s[i]; c-'0' > 9 && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// AskHeaders reads the values of abi.HeaderNumRetries, HeaderTimeout and HeaderStreamTimeout, "" where one is absent.
// What a header asks takes the place of what the body asked. A value that cannot be meant is refused with status 400,
// and Param names the header.
func AskHeaders(asked *abi.Asked, numRetries, timeout, streamTimeout string) *abi.Refusal {
	if numRetries != "" {
		v, ok := decimal(numRetries)
		n, whole := wholeRetries(v)
		if !ok || !whole {
			return badHeader(abi.HeaderNumRetries, wantRetries)
		}
		asked.Retries = &n
	}
	for _, t := range [2]struct {
		name, value string
		ms          *int
	}{{abi.HeaderTimeout, timeout, &asked.TimeoutMS}, {abi.HeaderStreamTimeout, streamTimeout, &asked.StreamTimeoutMS}} {
		if t.value == "" {
			continue
		}
		ms, ok := milliseconds(decimal(t.value))
		if !ok {
			return badHeader(t.name, wantSeconds)
		}
		*t.ms = ms
	}
	return nil
}

func badHeader(name, want string) *abi.Refusal {
	return badBody("invalid_value", name, "Invalid value for the header '"+name+"': expected "+want+".")
}
