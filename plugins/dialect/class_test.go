package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestClassOfStatus(t *testing.T) {
	for status, want := range map[int]abi.Class{
		0: abi.ClassMalformed, 199: abi.ClassMalformed, 200: abi.ClassOK, 299: abi.ClassOK, 301: abi.ClassNotFound, 307: abi.ClassNotFound,
		400: abi.ClassClientError, 401: abi.ClassAuth, 402: abi.ClassAuth, 403: abi.ClassAuth, 404: abi.ClassNotFound, 405: abi.ClassNotFound,
		408: abi.ClassServerError, 409: abi.ClassClientError, 410: abi.ClassNotFound, 413: abi.ClassClientError, 422: abi.ClassClientError,
		429: abi.ClassRateLimited, 500: abi.ClassServerError, 503: abi.ClassServerError, 529: abi.ClassServerError,
	} {
		if got := classOf(status, &failure{}); got != want {
			t.Errorf("status %d is %s, want %s", status, got, want)
		}
	}
}

// Only an input that can be at fault is blamed: a rate limit that speaks of tokens is a rate limit.
func TestClassOfMessages(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   abi.Class
	}{
		{400, `{"error":{"message":"input length and ` + "`max_tokens`" + ` exceed context limit: 190000 + 20000 > 200000"}}`, abi.ClassContext},
		{400, `{"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","code":3051}`, abi.ClassContext},
		{422, `{"error":"Input validation error: maximum input length","error_type":"validation"}`, abi.ClassContext}, // TGI
		{413, `{"error":{"code":"context_length_exceeded"}}`, abi.ClassContext},
		{413, `{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`, abi.ClassClientError},
		{429, `{"error":{"message":"Rate limit: context window of tokens per minute"}}`, abi.ClassRateLimited},
		{500, `{"error":{"message":"maximum context length"}}`, abi.ClassServerError},
		{400, `{"error":{"code":"content_policy_violation","message":"x"}}`, abi.ClassContent},
		{400, `{"detail":"bad \u0063ontext length"}`, abi.ClassContext},
		{400, `plain text: prompt is too long`, abi.ClassContext},
		{400, ``, abi.ClassClientError},
		{400, `{"error":{"code":"context_len`, abi.ClassClientError},
	} {
		got := feed(abi.APIChat, AnswerOptions{Status: c.status}, []byte(c.body))
		if got.class != c.want {
			t.Errorf("%d %s is %s, want %s", c.status, c.body, got.class, c.want)
		}
	}
}

func TestClassOfEvents(t *testing.T) {
	for body, want := range map[string]abi.Class{
		`{"error":{"type":"overloaded_error"}}`:                                                           abi.ClassServerError,
		`{"error":{"type":"api_error","message":"x"}}`:                                                    abi.ClassServerError,
		`{"error":{"type":"timeout_error"}}`:                                                              abi.ClassServerError,
		`{"error":{"message":"what is this"}}`:                                                            abi.ClassServerError,
		`{"error":"text"}`:                                                                                abi.ClassServerError,
		`{"error":{"type":"rate_limit_error"}}`:                                                           abi.ClassRateLimited,
		`{"error":{"type":"tokens","code":"rate_limit_exceeded"}}`:                                        abi.ClassRateLimited,
		`{"error":{"code":"insufficient_quota"}}`:                                                         abi.ClassRateLimited,
		`{"error":{"code":429}}`:                                                                          abi.ClassRateLimited,
		`{"error":{"code":"invalid_api_key","type":"invalid_request_error"}}`:                             abi.ClassAuth,
		`{"error":{"type":"permission_error"}}`:                                                           abi.ClassAuth,
		`{"error":{"type":"not_found_error"}}`:                                                            abi.ClassNotFound,
		`{"error":{"type":"invalid_request_error"}}`:                                                      abi.ClassClientError,
		`{"error":{"type":"invalid_request_error","code":"unsupported_value"}}`:                           abi.ClassClientError,
		`{"error":{"type":"invalid_request_error","message":"prompt is too long: 3 tokens > 2 maximum"}}`: abi.ClassContext,
		`{"error":{"message":"x"},"choices":[{"type":"rate_limit_error"}]}`:                               abi.ClassServerError,
		`{"error":"x","code":"rate_limit_exceeded"}`:                                                      abi.ClassRateLimited,
		`{"error":{"code":"content_filter"}}`:                                                             abi.ClassContent,
		`{"error":{"code":400,"message":"maximum context length"}}`:                                       abi.ClassContext,
	} {
		got := feed(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents}, []byte("data: "+body+"\n\n"))
		if got.class != want || got.verdict != Bad {
			t.Errorf("%s is %s (verdict %d), want %s", body, got.class, got.verdict, want)
		}
	}
}

// The word for the log is a code, never a text: a message can quote the prompt.
func TestReasonIsNoText(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"message":"my secret prompt"}}`: "",
		`{"error":"my secret prompt"}`:             "",
		`my secret prompt`:                         "",
		`{"error":{"code":"this is longer than any code could be and so it may be anything at all"}}`: "",
		`{"error":{"code":null,"type":"server_error"}}`:                                               "server_error",
		`{"code":40001}`: "40001",
	} {
		if got := feed(abi.APIChat, AnswerOptions{Status: 500}, []byte(body)); got.code != want {
			t.Errorf("%s: %q, want %q", body, got.code, want)
		}
	}
}

func TestRetryAfterMS(t *testing.T) {
	const now = 1_700_000_000_000 // Tue, 14 Nov 2023 22:13:20 GMT
	for _, c := range []struct {
		after, ms string
		want      int64
	}{
		{"", "", 0},
		{"2", "", 2000},
		{" 1.5 ", "", 1500},
		{"2", "250", 250},
		{"2", "odd", 2000},
		{"0", "", 0},
		{"-1", "", 0},
		{"NaN", "", 0},
		{"Inf", "", maxRetryAfterMS},
		{"1e300", "", maxRetryAfterMS},
		{"soon", "", 0},
		{"Tue, 14 Nov 2023 22:13:50 GMT", "", 30_000},
		{"Tuesday, 14-Nov-23 22:14:20 GMT", "", 60_000},
		{"Tue Nov 14 22:13:21 2023", "", 1000},
		{"Tue, 14 Nov 2023 22:13:00 GMT", "", 0},
		{"Wed, 14 Nov 2123 22:13:00 GMT", "", maxRetryAfterMS},
	} {
		got := RetryAfterMS(func(name string) string {
			return map[string]string{"retry-after": c.after, "retry-after-ms": c.ms}[name]
		}, now)
		if got != c.want {
			t.Errorf("Retry-After %q, retry-after-ms %q: %d, want %d", c.after, c.ms, got, c.want)
		}
	}
}
