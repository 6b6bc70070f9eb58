package dialect

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// AsError returns the answer a client must get for an answer of success that turned out to be an error before anything
// of it was passed on (Verdict is Bad), when no attempt is left: an honest status, and a body in the shape of the API
// called with the upstream's own message, type and code. ok is false when the upstream stated no error: the answer is
// none of success, or is good, or cannot be read.
func (a *Answer) AsError() (status int, body []byte, ok bool) {
	if a.verdict != Bad || !a.failure.set || a.form != formStream && a.form != formWhole {
		return 0, nil, false
	}
	f := a.cause()
	status = f.answer(a.api)
	return status, f.body(a.api, status), true
}

// answer is the status that says what the failure is.
func (f *failure) answer(api abi.API) int {
	if status := f.status(); status != 0 {
		return status
	}
	for _, word := range [2]string{f.code, f.kind} {
		switch word {
		case "insufficient_quota", "billing_hard_limit_reached", "exceeded_current_quota_error":
			return 429 // as OpenAI answers it
		case "billing_error":
			return 402
		case "permission_error":
			return 403
		case "request_too_large":
			return 413
		case "timeout_error":
			return 504
		case "service_unavailable", "service_unavailable_error", "UNAVAILABLE":
			return 503
		case "overloaded_error", "overloaded":
			if api == abi.APIMessages {
				return 529
			}
			return 503
		}
	}
	switch f.class() {
	case abi.ClassClientError, abi.ClassContext, abi.ClassContent:
		return 400
	case abi.ClassAuth:
		return 401
	case abi.ClassNotFound:
		return 404
	case abi.ClassRateLimited:
		return 429
	}
	return 500
}

func (f *failure) body(api abi.API, status int) []byte {
	message := f.message
	if message == "" {
		message = "The upstream reported an error and did not say which."
	}
	kind := f.kind
	if !openAIError(api) {
		if kind == "" {
			kind = anthropicType(status)
		}
		dst := jsontext.AppendString([]byte(`{"type":"error","error":{"type":`), kind)
		return append(appendMember(dst, "message", message), `}}`...)
	}
	if kind == "" {
		kind = openAIType(status, f.code)
	}
	dst := jsontext.AppendString([]byte(`{"error":{"message":`), message)
	dst = appendMember(dst, "type", kind)
	dst = appendNullable(dst, "param", f.param)
	return append(appendNullable(dst, "code", f.code), `}}`...)
}

// Interrupted returns what to send in place of what Feed holds back, when a stream breaks off after some of it was
// passed on: an error event in the shape of the API called. It is the stream's last; nothing follows it, no [DONE] either,
// because that is how the APIs' clients read it. OpenAI's raise an error at the first event whose data has a member
// "error", and take [DONE] for a good end; Anthropic's raise one at an event named error. Nothing is returned for a stream
// that is complete (an error the upstream stated itself is such an end), and for an answer that is no stream or cannot be
// read: nothing can be said behind half a JSON text.
//
// Afterwards Feed returns nothing more.
func (a *Answer) Interrupted(r *abi.Refusal, requestID string) []byte {
	var event []byte
	switch {
	case a.form == formStream && !a.Complete():
		event = a.errorEvent(r, requestID)
	case a.cut && !a.ended: // half of an event may have been passed on: a blank line ends it
		event = append([]byte("\n\n"), a.errorEvent(r, requestID)...)
	}
	a.Close()
	return event
}

func (a *Answer) errorEvent(r *abi.Refusal, requestID string) []byte {
	return errorEvent(a.api, r, requestID, a.repeat.number+1)
}
