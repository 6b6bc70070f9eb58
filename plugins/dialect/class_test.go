package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestClassOfStatus(t *testing.T) {
	for status, want := range map[int]abi.Class{
		0: abi.ClassMalformed, 199: abi.ClassMalformed, 200: abi.ClassOK, 299: abi.ClassOK, 301: abi.ClassNotFound, 307: abi.ClassNotFound,
		400: abi.ClassClientError, 401: abi.ClassAuth, 402: abi.ClassAuth, 403: abi.ClassAuth, 404: abi.ClassNotFound, 405: abi.ClassNotFound,
		408: abi.ClassServerError, 421: abi.ClassServerError, 424: abi.ClassServerError, 425: abi.ClassServerError, 498: abi.ClassRateLimited,
		409: abi.ClassClientError, 410: abi.ClassNotFound, 413: abi.ClassClientError, 422: abi.ClassClientError,
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
		{400, `{"error":{"code":400,"message":"request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":4390}}`, abi.ClassContext}, // llama.cpp
		{400, `{"error":{"code":400,"message":"x","type":"exceed_context_size_error"}}`, abi.ClassContext},
		{500, `{"error":{"code":500,"message":"x","type":"exceed_context_size_error"}}`, abi.ClassContext},
		{503, `{"error":{"code":503,"message":"x","type":"exceed_context_size_error"}}`, abi.ClassServerError},
		{400, `{"message":"Input is too long for requested model."}`, abi.ClassContext},                                                                             // Bedrock
		{400, `{"message":"The model returned the following errors: prompt is too long: 903884 tokens > 200000 maximum"}`, abi.ClassContext},                        // Bedrock
		{400, `{"error":{"code":"validation_error","message":"prompt tokens (400007) exceed model maximum (278528)"}}`, abi.ClassContext},                           // Bedrock
		{400, `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long\"}}"}}}`, abi.ClassContext}, // OpenRouter
		{400, `{"error":{"message":"This model's maximum prompt length is 131072 but the request contains 200000 tokens."}}`, abi.ClassContext},                     // xAI
		{429, `{"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 35000.","type":"tokens","code":"rate_limit_exceeded"}}`, abi.ClassContext},
		{413, `{"error":{"message":"Request too large for model x on tokens per minute (TPM)","type":"tokens","code":"rate_limit_exceeded"}}`, abi.ClassContext}, // Groq
		{429, `{"error":{"message":"Rate limit reached for model x","type":"tokens","code":"rate_limit_exceeded"}}`, abi.ClassRateLimited},
		{429, `{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}`, abi.ClassAuth},
		{429, `{"error":{"message":"You exceeded your current quota, please check your plan","code":429,"status":"RESOURCE_EXHAUSTED"}}`, abi.ClassRateLimited}, // Gemini, per minute too
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}`, abi.ClassAuth},
		{400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}`, abi.ClassAuth},
		{400, `{"__type":"ThrottlingException","message":"Too many tokens, please wait before trying again."}`, abi.ClassRateLimited},
		{400, `{"__type":"AccessDeniedException","Message":"x"}`, abi.ClassAuth},
		{400, `{"error":{"message":"x","type":"server_error"}}`, abi.ClassClientError},                        // the status is the surer word
		{400, `{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}`, abi.ClassContent}, // DeepSeek
		{400, `{"error":{"code":"content_filter","message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, abi.ClassContent},
		{400, `{"error":{"code":"invalid_prompt","message":"Your prompt was flagged as potentially violating our usage policy."}}`, abi.ClassContent},
		{400, `{"error":{"code":"invalid_prompt","message":"x"}}`, abi.ClassClientError},
		{400, `{"error":{"message":"litellm.ContextWindowExceededError: x","code":"400"}}`, abi.ClassContext},
		{403, `{"error":{"code":"unsupported_country_region_territory"}}`, abi.ClassAuth},
		{404, `{"error":{"code":"model_not_found"}}`, abi.ClassNotFound},
		{404, `{"error":{"message":"Item with id 'rs_1' not found.","type":"invalid_request_error","param":"input","code":null}}`, abi.ClassClientError},
		{404, `{"error":{"code":"previous_response_not_found"}}`, abi.ClassClientError},
	} {
		got := feed(abi.APIResponses, AnswerOptions{Status: c.status}, []byte(c.body))
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
		`{"error":{"code":"insufficient_quota"}}`:                                                         abi.ClassAuth,
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

// The shell holds an answer's headers only where the body changes what happens next.
func TestNeedsBody(t *testing.T) {
	for _, c := range []struct {
		api  abi.API
		o    AnswerOptions
		want bool
	}{
		{abi.APIChat, AnswerOptions{Status: 400}, true},
		{abi.APIChat, AnswerOptions{Status: 403}, true},
		{abi.APIChat, AnswerOptions{Status: 413}, true},
		{abi.APIChat, AnswerOptions{Status: 422}, true},
		{abi.APIChat, AnswerOptions{Status: 429}, true},
		{abi.APIChat, AnswerOptions{Status: 401}, false},
		{abi.APIChat, AnswerOptions{Status: 404}, false},
		{abi.APIResponses, AnswerOptions{Status: 404}, true},
		{abi.APIResponses, AnswerOptions{Status: 404, Stored: true}, false},
		{abi.APIChat, AnswerOptions{Status: 500}, false},
		{abi.APIChat, AnswerOptions{Status: 529}, false},
		{abi.APIChat, AnswerOptions{Status: 302}, false},
		{abi.APIChat, AnswerOptions{Status: 400, ContentEncoding: "br"}, false},
		{abi.APIChat, AnswerOptions{Status: 400, ContentEncoding: "gzip"}, true},
		{abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON}, true},
		{abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents}, true},
		{abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, ContentEncoding: "zstd"}, false},
	} {
		if got := NewAnswer(c.api, c.o).NeedsBody(); got != c.want {
			t.Errorf("%s %+v: %v, want %v", c.api, c.o, got, c.want)
		}
	}
}

// A body is not waited for beyond its bound, and its class is there as soon as it was fed.
func TestErrorBodyIsBounded(t *testing.T) {
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 400})
	a.Feed([]byte(`{"error":{"code":"context_length_exceeded","message":"`), false)
	if class, word := a.Class(); class != abi.ClassContext || word != "context_length_exceeded" || a.Verdict() != Pending {
		t.Errorf("%s, %q, verdict %d", class, word, a.Verdict())
	}
	n := 0
	for piece := make([]byte, 1000); a.Verdict() == Pending && n < 2*errorBytes; n += len(piece) {
		a.Feed(piece, false)
	}
	if a.Verdict() != Bad || n > errorBytes+1000 {
		t.Errorf("verdict %d after %d bytes", a.Verdict(), n)
	}
}

// A client that asks for a response that is not there says nothing about the deployment.
func TestStoredNotFound(t *testing.T) {
	got := feed(abi.APIResponses, AnswerOptions{Status: 404, Stored: true}, []byte(`{"error":{"message":"Response with id 'resp_1' not found."}}`))
	if got.class != abi.ClassClientError || got.verdict != Bad {
		t.Errorf("%+v", got)
	}
}
