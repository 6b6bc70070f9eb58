package upstream

import (
	"fmt"
	"maps"
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// wrong is what a provider says went wrong.
type wrong struct{ kind, code, message string }

// byName are the errors that a script can ask for by name, as OpenAI and Anthropic word them.
var byName = map[string]struct{ openai, anthropic wrong }{
	"context": {
		wrong{"invalid_request_error", "context_length_exceeded", "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."},
		wrong{"invalid_request_error", "", "prompt is too long: 210000 tokens > 200000 maximum"},
	},
	"content": {
		wrong{"invalid_request_error", "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."},
		wrong{"invalid_request_error", "", "Output blocked by content filtering policy"},
	},
	"invalid": {
		wrong{"invalid_request_error", "invalid_value", "Invalid value for 'temperature'."},
		wrong{"invalid_request_error", "", "temperature: Input should be less than or equal to 1"},
	},
	"auth": {
		wrong{"invalid_request_error", "invalid_api_key", "Incorrect API key provided."},
		wrong{"authentication_error", "", "invalid x-api-key"},
	},
	"rate": {
		wrong{"requests", "rate_limit_exceeded", "Rate limit reached for requests."},
		wrong{"rate_limit_error", "", "This request would exceed your organization's rate limit."},
	},
	"quota": {
		wrong{"insufficient_quota", "insufficient_quota", "You exceeded your current quota."},
		wrong{"billing_error", "", "Your credit balance is too low."},
	},
	"server": {
		wrong{"server_error", "server_error", "The upstream broke."},
		wrong{"api_error", "", "Internal server error"},
	},
	"overloaded": {
		wrong{"server_error", "overloaded", "The engine is currently overloaded."},
		wrong{"overloaded_error", "", "Overloaded"},
	},
}

// Errors are the names that Script.Error may have.
var Errors = slices.Sorted(maps.Keys(byName))

// wrongOf is the error a script names, else the usual one of a status.
func wrongOf(api abi.API, status int, name string) wrong {
	if name != "" {
		if api == abi.APIMessages {
			return byName[name].anthropic
		}
		return byName[name].openai
	}
	w := wrong{kind: "server_error", message: fmt.Sprintf("The upstream says %d.", status)}
	switch status {
	case 400, 413, 422:
		w.kind, w.code = "invalid_request_error", "invalid_value"
	case 401, 403:
		w.kind, w.code = "authentication_error", "invalid_api_key"
	case 404:
		w.kind, w.code = "invalid_request_error", "model_not_found"
	case 429:
		w.kind, w.code = "requests", "rate_limit_exceeded"
	}
	if api != abi.APIMessages {
		return w
	}
	switch status {
	case 404:
		w.kind = "not_found_error"
	case 429:
		w.kind = "rate_limit_error"
	case 529:
		w.kind = "overloaded_error"
	case 500, 502, 503, 504:
		w.kind = "api_error"
	}
	return w
}

// errorBody is a provider's error in the API's shape.
func errorBody(api abi.API, status int, name string) []byte {
	w := wrongOf(api, status, name)
	if api == abi.APIMessages {
		return fmt.Appendf(nil, `{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_upstream"}`, w.kind, w.message)
	}
	return fmt.Appendf(nil, `{"error":{"message":%q,"type":%q,"param":null,"code":%s}}`, w.message, w.kind, orNull(w.code))
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return fmt.Sprintf("%q", text)
}

// errorEvent is an error inside a stream.
func errorEvent(api abi.API, name string) []byte {
	if name == "" {
		if name = "server"; api == abi.APIMessages {
			name = "overloaded"
		}
	}
	switch w := wrongOf(api, 200, name); api {
	case abi.APIMessages:
		return event("error", fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q}}`, w.kind, w.message))
	case abi.APIResponses:
		return event("error", fmt.Sprintf(`{"type":"error","sequence_number":1,"code":%q,"message":%q,"param":null}`, w.code, w.message))
	default:
		return data(string(errorBody(api, 200, name)))
	}
}

// failingStream is a stream that was accepted and then fails.
func (u *Upstream) failingStream(q request, s Script) [][]byte {
	if s.ErrorLater {
		s.End = Stop // nothing follows an error
		return append(u.goodStream(q, s), errorEvent(q.api, s.Error))
	}
	var all [][]byte
	switch q.api {
	case abi.APIMessages:
		all = append(all, event("message_start", `{"type":"message_start","message":{"id":"msg_failing","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}`))
		if s.ErrorOpened {
			all = append(all, event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`))
		}
		all = append(all, event("ping", `{"type":"ping"}`))
	case abi.APIResponses:
		all = append(all, event("response.created", `{"type":"response.created","sequence_number":0,"response":{"id":"resp_failing","object":"response","status":"in_progress","output":[]}}`))
	case abi.APIChat:
		if s.ErrorOpened {
			all = append(all, data(`{"id":"chatcmpl-failing","object":"chat.completion.chunk","created":1760000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`))
		}
	}
	return append(all, errorEvent(q.api, s.Error))
}

// event is one event with a name.
func event(name, text string) []byte { return []byte("event: " + name + "\ndata: " + text + "\n\n") }

// data is one event without a name.
func data(text string) []byte { return []byte("data: " + text + "\n\n") }
