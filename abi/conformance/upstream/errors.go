package upstream

import (
	"fmt"

	"github.com/routeiq/routeiq/abi"
)

// errorBody is a provider's usual error of a status, in the API's shape.
func errorBody(api abi.API, status int) []byte {
	kind, code := "server_error", "null"
	switch status {
	case 400, 413, 422:
		kind, code = "invalid_request_error", `"invalid_value"`
	case 401, 403:
		kind, code = "authentication_error", `"invalid_api_key"`
	case 404:
		kind, code = "invalid_request_error", `"model_not_found"`
	case 429:
		kind, code = "requests", `"rate_limit_exceeded"`
	}
	message := fmt.Sprintf("The upstream says %d.", status)
	if api == abi.APIMessages {
		switch status {
		case 404:
			kind = "not_found_error"
		case 429:
			kind = "rate_limit_error"
		case 529:
			kind = "overloaded_error"
		case 500, 502, 503, 504:
			kind = "api_error"
		}
		return fmt.Appendf(nil, `{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_upstream"}`, kind, message)
	}
	return fmt.Appendf(nil, `{"error":{"message":%q,"type":%q,"param":null,"code":%s}}`, message, kind, code)
}

// errorStream is a stream that was accepted and then fails before it says anything.
func errorStream(api abi.API) [][]byte {
	switch api {
	case abi.APIMessages:
		return [][]byte{
			event("message_start", `{"type":"message_start","message":{"id":"msg_failing","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":1}}}`),
			event("ping", `{"type":"ping"}`),
			event("error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`),
		}
	case abi.APIResponses:
		return [][]byte{
			event("response.created", `{"type":"response.created","sequence_number":0,"response":{"id":"resp_failing","object":"response","status":"in_progress","output":[]}}`),
			event("error", `{"type":"error","sequence_number":1,"code":"server_error","message":"The upstream broke.","param":null}`),
		}
	}
	return [][]byte{data(`{"error":{"message":"The upstream broke.","type":"server_error","param":null,"code":"server_error"}}`)}
}

// event is one event with a name.
func event(name, text string) []byte { return []byte("event: " + name + "\ndata: " + text + "\n\n") }

// data is one event without a name.
func data(text string) []byte { return []byte("data: " + text + "\n\n") }
