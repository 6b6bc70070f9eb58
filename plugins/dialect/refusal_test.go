package dialect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestErrorBody(t *testing.T) {
	for _, c := range []struct {
		api  abi.API
		r    abi.Refusal
		want string
	}{
		{abi.APIChat, abi.Refusal{Status: 404, Code: "model_not_found", Param: "model", Message: `no "x"`}, `{"error":{"message":"no \"x\"","type":"invalid_request_error","param":"model","code":"model_not_found"}}`},
		{"", abi.Refusal{Status: 404, Code: "unknown_url", Message: "m"}, `{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"unknown_url"}}`},
		{abi.APIResponses, abi.Refusal{Status: 401, Code: "invalid_api_key", Message: "m"}, `{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`},
		{abi.APIEmbeddings, abi.Refusal{Status: 503, Message: "m"}, `{"error":{"message":"m","type":"server_error","param":null,"code":null}}`},
		{abi.APIChat, abi.Refusal{Status: 429, Code: "rate_limit_exceeded", Message: "m"}, `{"error":{"message":"m","type":"requests","param":null,"code":"rate_limit_exceeded"}}`},
		{abi.APIChat, abi.Refusal{Status: 429, Code: "insufficient_quota", Message: "m"}, `{"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`},
		{abi.APIMessages, abi.Refusal{Status: 404, Code: "model_not_found", Param: "model", Message: "m"}, `{"type":"error","error":{"type":"not_found_error","message":"m"},"request_id":"r-1"}`},
	} {
		if got := string(ErrorBody(c.api, &c.r, "r-1")); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := string(ErrorBody(abi.APIMessages, &abi.Refusal{Status: 400, Message: "m"}, "")); strings.Contains(got, "request_id") {
		t.Errorf("an unknown request id is stated: %s", got)
	}
}

func TestAnthropicTypes(t *testing.T) {
	for status, want := range map[int]string{
		400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error",
		405: "invalid_request_error", 413: "request_too_large", 415: "invalid_request_error", 429: "rate_limit_error", 500: "api_error",
		502: "api_error", 503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
	} {
		if got := anthropicType(status); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}

// Our own reader takes the event for what it is, in each API.
func TestErrorEvent(t *testing.T) {
	r := &abi.Refusal{Status: 504, Code: "deadline", Message: "too\nslow"}
	for _, api := range abi.APIs {
		event := ErrorEvent(api, r, "r-1")
		if !strings.HasSuffix(string(event), "}\n\n") || strings.Count(string(event), "\n\n") != 1 {
			t.Errorf("%s: %q is not one event", api, event)
		}
		_, data, _ := strings.Cut(string(event), "data: ")
		var v struct {
			Type  string
			Error struct{ Type, Message string }
		}
		if err := json.Unmarshal([]byte(data), &v); err != nil || v.Error.Message != r.Message || v.Error.Type == "" {
			t.Errorf("%s: %s: %v", api, data, err)
		}
		if named := strings.HasPrefix(string(event), "event: error\n"); named != (api == abi.APIMessages || api == abi.APIResponses) {
			t.Errorf("%s: %q", api, event)
		}
		got := feed(api, AnswerOptions{Status: 200, ContentType: TypeEvents}, event)
		if got.verdict != Bad || got.class != abi.ClassServerError {
			t.Errorf("%s is read as %+v", api, got)
		}
	}
}
