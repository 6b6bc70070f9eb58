package dialect

import (
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// failure is what an upstream says went wrong, in a body or in an event of a stream.
type failure struct {
	set  bool
	code string // its code, else its type; empty: it gives none
	kind string // its type
	text string // its message in lower case; never logged
}

// readFailure reads the error at the head of text, which may be cut or go on. It knows the shapes of OpenAI and Azure
// ({"error":{"message","type","param","code"}}), Anthropic ({"type":"error","error":{"type","message"}}), vLLM and
// Mistral ({"object":"error","message","type","code"}), Google ([{"error":{"code","message","status"}}]), and those
// that have a bare text for "error" or "detail".
func readFailure(text []byte) failure {
	f := failure{set: true}
	w := walker{text: text}
	for key, ok := w.next(); ok && w.depth > 0; key, ok = w.next() { // depth 0: the error has ended
		switch string(key) {
		case "code", "status":
			if f.code == "" {
				f.code = scalar(&w)
			}
		case "type":
			if kind := scalar(&w); f.kind == "" && kind != "error" {
				f.kind = kind
			}
		case "message", "error", "detail":
			if s, ok := w.str(); ok && f.text == "" {
				f.text = strings.ToLower(meaning(s))
			}
		}
	}
	if f.code == "" {
		f.code = f.kind
	}
	if f.text == "" && f.code == "" { // no JSON: a proxy's page, a line of text
		f.text = strings.ToLower(string(text[:min(len(text), 4096)]))
	}
	return f
}

// scalar reads a string or a number; anything else is empty. What is too long to be a code is none.
func scalar(w *walker) string {
	if s, ok := w.str(); ok {
		if len(s) > 64 {
			return ""
		}
		return meaning(s)
	}
	n := 0
	for n < len(w.rest()) && n < 20 && (w.rest()[n] >= '0' && w.rest()[n] <= '9') {
		n++
	}
	return string(w.rest()[:n])
}

// classOf says what a status means, together with what the upstream says about it.
func classOf(status int, f *failure) abi.Class {
	switch {
	case status == 400 || status == 403 || status == 413 || status == 422:
		if f.tooLong() {
			return abi.ClassContext
		}
		if f.unwanted() {
			return abi.ClassContent
		}
	}
	switch {
	case status >= 200 && status < 300:
		return abi.ClassOK
	case status == 401 || status == 402 || status == 403: // 402: our account has no credit left
		return abi.ClassAuth
	case status == 404 || status == 405 || status == 410 || status >= 300 && status < 400:
		return abi.ClassNotFound // a redirect too: the configured place is not the one
	case status == 408 || status >= 500:
		return abi.ClassServerError
	case status == 429:
		return abi.ClassRateLimited
	case status >= 400:
		return abi.ClassClientError
	}
	return abi.ClassMalformed
}

// class says what an error means that came inside a 200.
func (f *failure) class() abi.Class {
	if n, err := strconv.Atoi(f.code); err == nil && n >= 400 && n < 600 { // OpenRouter, Google: the code is a status
		return classOf(n, f)
	}
	for _, word := range [2]string{f.code, f.kind} {
		switch word {
		case "overloaded_error", "server_error", "api_error", "internal_error", "internal_server_error", "timeout_error",
			"service_unavailable", "service_unavailable_error", "overloaded":
			return abi.ClassServerError
		case "rate_limit_error", "rate_limit_exceeded", "insufficient_quota", "requests", "tokens":
			return abi.ClassRateLimited
		case "authentication_error", "invalid_api_key", "permission_error", "billing_error":
			return abi.ClassAuth
		case "not_found_error", "model_not_found":
			return abi.ClassNotFound
		case "request_too_large":
			return abi.ClassClientError
		}
	}
	switch {
	case f.tooLong():
		return abi.ClassContext
	case f.unwanted():
		return abi.ClassContent
	case f.kind == "invalid_request_error" || f.code == "invalid_request_error" || f.code == "invalid_prompt" || f.kind == "BadRequestError":
		return abi.ClassClientError
	}
	return abi.ClassServerError
}

// tooLong tells whether the input did not fit the model's window.
func (f *failure) tooLong() bool {
	if f.code == "context_length_exceeded" || f.code == "model_context_window_exceeded" {
		return true
	}
	return containsAny(f.text,
		"context length", "context window", "context limit", "maximum context", // OpenAI, vLLM, Groq, Mistral, Anthropic
		"prompt is too long", "input is too long", "prompt too long", // Anthropic, Bedrock, DeepInfra
		"exceeds the maximum number of tokens",                // Gemini
		"reduce the length of the messages", "context_length", // OpenAI, LiteLLM
		"input tokens exceed", "maximum input length", // Together, TGI
		"exceeds the available context size") // llama.cpp
}

// unwanted tells whether a content policy refused the input or the output.
func (f *failure) unwanted() bool {
	switch f.code {
	case "content_filter", "content_policy_violation", "content_filter_error", "moderation_blocked", "data_inspection_failed":
		return true
	}
	return containsAny(f.text,
		"content management policy", "content policy", "content filter", // Azure, OpenAI
		"content filtering policy",                             // Anthropic
		"our safety system", "flagged by", "input was flagged", // OpenAI, OpenRouter
		"violating our usage policy")
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// maxRetryAfterMS bounds what an upstream may ask for: a day.
const maxRetryAfterMS = 24 * 60 * 60 * 1000

// RetryAfterMS returns how long an answer asks to wait, in milliseconds: by OpenAI's retry-after-ms, else by Retry-After
// in seconds or as a date (RFC 9110 §10.2.3). 0 when it asks nothing, asks it in a way that cannot be read, or the date
// has passed; never more than a day. get returns a header by its name in lower case, "" when it is absent.
func RetryAfterMS(get func(string) string, nowMS int64) int64 {
	if ms, ok := positive(get("retry-after-ms"), 1); ok {
		return ms
	}
	value := strings.TrimSpace(get("retry-after"))
	if value == "" {
		return 0
	}
	if ms, ok := positive(value, 1000); ok {
		return ms
	}
	for _, layout := range [3]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if at, err := time.Parse(layout, value); err == nil {
			return min(max(at.UnixMilli()-nowMS, 0), maxRetryAfterMS)
		}
	}
	return 0
}

func positive(value string, unitMS float64) (ms int64, ok bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(v >= 0) { // NaN is not
		return 0, false
	}
	return int64(min(v*unitMS, maxRetryAfterMS)), true
}
