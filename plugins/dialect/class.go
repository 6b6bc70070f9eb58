package dialect

import (
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// What an upstream's status, code and words mean. Sources: the error pages of OpenAI, Azure OpenAI (content filtering),
// Anthropic, Google (Gemini, Vertex AI), Mistral, Groq, OpenRouter, Amazon Bedrock, and the servers vLLM, TGI, llama.cpp.
//
//	status              class          unless the body says
//	200 … 299           ok
//	300 … 399           not_found      (the configured place is not the one)
//	400, 413, 422       client_error   context_window, content_policy, auth, rate_limited, not_found
//	401, 402            auth           (402: our account has no credit left)
//	403                 auth           context_window, content_policy
//	404                 not_found      client_error: not the model is missing, but an earlier response the request names
//	405, 410            not_found
//	408, 421, 424, 425  server_error   (424: Bedrock's model failed)
//	429                 rate_limited   auth: no waiting helps; context_window: the request alone is above the limit
//	498                 rate_limited   (Groq: no capacity)
//	500                 server_error   context_window, content_policy: by code alone
//	501 and more        server_error
//	other 4xx           client_error
//
// An error inside a 200 is classed by its code where that is a status, else by means and blame.

// bodyMatters tells whether the class of an error depends on its body. The body of a 500 is read if it comes, but not
// waited for: what it can change is rare, and it may never come.
func bodyMatters(api abi.API, status int) bool {
	switch status {
	case 400, 403, 413, 422, 429:
		return true
	case 404:
		return api == abi.APIResponses
	}
	return false
}

// classOf says what a status means, together with what the upstream says about it.
func classOf(status int, f *failure) abi.Class {
	switch {
	case status >= 200 && status < 300:
		return abi.ClassOK
	case status == 400 || status == 413 || status == 422:
		if class := f.blame(); class != "" && class != abi.ClassServerError {
			return class
		}
		return abi.ClassClientError
	case status == 403:
		if class := f.blame(); class == abi.ClassContext || class == abi.ClassContent {
			return class
		}
		return abi.ClassAuth
	case status == 401 || status == 402:
		return abi.ClassAuth
	case status == 404 && f.names():
		return abi.ClassClientError
	case status == 404 || status == 405 || status == 410 || status >= 300 && status < 400:
		return abi.ClassNotFound
	case status == 429:
		switch {
		case f.means() == abi.ClassAuth:
			return abi.ClassAuth
		case f.alone():
			return abi.ClassContext
		}
		return abi.ClassRateLimited
	case status == 498:
		return abi.ClassRateLimited
	case status == 500:
		if class := f.means(); class == abi.ClassContext || class == abi.ClassContent {
			return class
		}
		return abi.ClassServerError
	case status == 408 || status == 421 || status == 424 || status == 425 || status > 500:
		return abi.ClassServerError
	case status >= 400:
		return abi.ClassClientError
	}
	return abi.ClassMalformed
}

// class says what an error means that came inside a 200.
func (f *failure) class() abi.Class {
	if status := f.status(); status != 0 {
		return classOf(status, f)
	}
	if class := f.blame(); class != "" {
		return class
	}
	if f.kind == "invalid_request_error" || f.code == "invalid_request_error" || f.kind == "BadRequestError" {
		return abi.ClassClientError
	}
	return abi.ClassServerError
}

// status is the code where that is an HTTP status, as OpenRouter's and Google's are; else 0.
func (f *failure) status() int {
	if n, err := strconv.Atoi(f.code); err == nil && n >= 400 && n < 600 {
		return n
	}
	return 0
}

// blame is the class of what the upstream says, by phrases and by codes; empty: it says nothing that is known.
func (f *failure) blame() abi.Class {
	class := f.means()
	if class != "" && class != abi.ClassClientError { // a code that says so much is surer than a phrase
		if f.alone() {
			return abi.ClassContext
		}
		return class
	}
	switch text := f.text(); {
	case f.alone(), containsAny(text, tooLong[:]...):
		return abi.ClassContext
	case containsAny(text, unwanted[:]...):
		return abi.ClassContent
	case containsAny(text, ourAccount[:]...):
		return abi.ClassAuth
	}
	return class
}

// means is the class of a code or, where that is not known, of a type; empty: neither is known.
func (f *failure) means() abi.Class {
	for _, word := range [2]string{f.code, f.kind} {
		switch word {
		case "context_length_exceeded", "model_context_window_exceeded", "context_window_exceeded", "context_exceeded",
			"exceed_context_size_error": // the last is llama.cpp's
			return abi.ClassContext
		case "content_filter", "content_policy_violation", "content_filter_error", "moderation_blocked", "data_inspection_failed",
			"ResponsibleAIPolicyViolation":
			return abi.ClassContent
		case "authentication_error", "invalid_api_key", "permission_error", "billing_error", "UNAUTHENTICATED", "PERMISSION_DENIED",
			"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "account_deactivated":
			return abi.ClassAuth
		case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "exceeded_current_quota_error":
			return abi.ClassAuth // as 402: no waiting fills an account
		case "rate_limit_error", "rate_limit_exceeded", "requests", "tokens", "too_many_requests", "RESOURCE_EXHAUSTED",
			"ThrottlingException", "ServiceQuotaExceededException", "throttling_error":
			return abi.ClassRateLimited
		case "not_found_error", "model_not_found", "DeploymentNotFound", "ResourceNotFoundException", "NOT_FOUND":
			return abi.ClassNotFound
		case "request_too_large", "previous_response_not_found", "string_above_max_length", "invalid_prompt":
			return abi.ClassClientError
		case "overloaded_error", "server_error", "api_error", "internal_error", "internal_server_error", "timeout_error",
			"service_unavailable", "service_unavailable_error", "overloaded", "UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED":
			return abi.ClassServerError
		}
	}
	return ""
}

// names tells whether what was not found is something the request names beside the model: an earlier response, an item.
func (f *failure) names() bool {
	return f.code == "previous_response_not_found" || f.param == "previous_response_id" || f.param == "input" ||
		containsAny(f.text(), "previous response", "item with id", "response with id")
}

// alone tells whether the request by itself is above a limit of tokens a minute (OpenAI answers 429, Groq 413): no
// waiting helps it, while smaller requests may pass.
func (f *failure) alone() bool { return containsAny(f.text(), "request too large for") }

// tooLong is what is said of an input that does not fit the model's window.
var tooLong = [...]string{
	"context length", "context window", "context limit", "maximum context", "context_length", // OpenAI, vLLM, Groq, Mistral, Anthropic
	"contextwindowexceeded",                                      // LiteLLM
	"prompt is too long", "input is too long", "prompt too long", // Anthropic, Bedrock, DeepInfra
	"too many input tokens", "too many tokens", "exceed model maximum", // Bedrock, Cohere
	"exceeds the maximum number of tokens",                                    // Gemini
	"reduce the length of the messages", "length of all messages is too long", // OpenAI, Perplexity
	"input tokens exceed", "maximum input length", "maximum prompt length", // OpenAI, TGI, xAI
	"exceeds the available context size", "context size has been exceeded", // llama.cpp
}

// unwanted is what is said when a content policy refuses the input or the output.
var unwanted = [...]string{
	"content management policy", "content policy", "content filter", "contentpolicyviolation", // Azure, OpenAI, LiteLLM
	"content filtering policy",                             // Anthropic
	"our safety system", "flagged by", "input was flagged", // OpenAI, OpenRouter
	"violating our usage policy", "violates our usage polic", "content exists risk", // OpenAI, DeepSeek
}

// ourAccount is what is said with status 400 when our key or our account is at fault.
var ourAccount = [...]string{
	"credit balance is too low",              // Anthropic
	"api key not valid", "incorrect api key", // Gemini, xAI
	"security token included in the request is", // Bedrock: invalid, expired
}

func containsAny(text string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
