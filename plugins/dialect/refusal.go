package dialect

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// ErrorBody writes a refusal as the API called would: {"error":{"message","type","param","code"}} as OpenAI does, or
// {"type":"error","error":{"type","message"},"request_id"} as Anthropic does. An empty api is written as OpenAI does.
func ErrorBody(api abi.API, r *abi.Refusal, requestID string) []byte {
	if openAIError(api) {
		return append(append([]byte(`{"error":`), appendOpenAIError(nil, r)...), '}')
	}
	dst := appendMember([]byte(`{"type":"error","error":{"type":"`+anthropicType(r.Status)+`"`), "message", r.Message)
	dst = append(dst, '}')
	if requestID != "" {
		dst = appendMember(dst, "request_id", requestID)
	}
	return append(dst, '}')
}

// ErrorEvent writes a refusal as the only event of a stream. See Answer.Interrupted for a stream that has begun.
func ErrorEvent(api abi.API, r *abi.Refusal, requestID string) []byte {
	return errorEvent(api, r, requestID, 0)
}

// errorEvent writes a refusal as an event; number is its place in a stream of responses.
func errorEvent(api abi.API, r *abi.Refusal, requestID string, number int) []byte {
	var dst []byte
	switch api {
	case abi.APIMessages:
		dst = append([]byte("event: error\ndata: "), ErrorBody(api, r, requestID)...)
	case abi.APIResponses:
		// The event has its members at the top; OpenAI's own clients raise an error only for a nested one. Both are there.
		dst = appendInt([]byte("event: error\ndata: {\"type\":\"error\""), "sequence_number", number)
		dst = appendMember(dst, "message", r.Message)
		dst = appendNullable(dst, "code", r.Code)
		dst = appendNullable(dst, "param", r.Param)
		dst = append(dst, `,"error":`...)
		dst = append(appendOpenAIError(dst, r), '}')
	default:
		dst = append([]byte("data: "), ErrorBody(api, r, requestID)...)
	}
	return append(dst, "\n\n"...)
}

func appendOpenAIError(dst []byte, r *abi.Refusal) []byte {
	dst = append(dst, `{"message":`...)
	dst = jsontext.AppendString(dst, r.Message)
	dst = appendMember(dst, "type", openAIType(r.Status, r.Code))
	dst = appendNullable(dst, "param", r.Param)
	return append(appendNullable(dst, "code", r.Code), '}')
}

// appendNullable appends ,"name":value with null for the empty string.
func appendNullable(dst []byte, name, value string) []byte {
	if value != "" {
		return appendMember(dst, name, value)
	}
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return append(dst, `":null`...)
}

// openAIType is what OpenAI itself answers: a bad key and an unknown model are invalid requests too, told apart by code.
func openAIType(status int, code string) string {
	switch {
	case code == "insufficient_quota":
		return code
	case status == 429:
		return "requests"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// anthropicType is the table of Anthropic's documentation ("Errors"), completed for the statuses it does not name.
func anthropicType(status int) string {
	switch status {
	case 401:
		return "authentication_error"
	case 402:
		return "billing_error"
	case 403:
		return "permission_error"
	case 404:
		return "not_found_error"
	case 413:
		return "request_too_large"
	case 429:
		return "rate_limit_error"
	case 504:
		return "timeout_error"
	case 503, 529:
		return "overloaded_error"
	}
	if status >= 500 {
		return "api_error"
	}
	return "invalid_request_error"
}
