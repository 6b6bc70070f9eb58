package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// What holds of every call, whatever its scenario is about. A scenario plants secrets by their names: a provider's key is
// "key-LETTER", with the letter of the only upstream that may see it, and a client's begins with "sk-".
const (
	providerKey = "key-"
	clientKey   = "sk-"
)

// invariants checks one answer, and what the upstreams saw for it.
func invariants(call *Call, a *Answer, parsed *Line, line []byte, seen map[string][]upstream.Seen) []error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf("always: "+format, args...)) }
	if a.Status != 0 {
		answerInvariants(call, a, add)
	}
	for letter, requests := range seen {
		for _, s := range requests {
			upstreamInvariants(call, letter, s, add)
		}
	}
	if parsed != nil && a.Status != 0 {
		if parsed.Status != a.Status {
			add("the log says status %d, the client got %d", parsed.Status, a.Status)
		}
		if got := a.Header.Get(abi.HeaderRevision); got != "" && got != parsed.Revision {
			add("the log says revision %s, the client got %s", parsed.Revision, got)
		}
	}
	if line != nil {
		for _, secret := range []string{providerKey, clientKey, "Say hello"} {
			if bytes.Contains(line, []byte(secret)) {
				add("the log line holds %q, a key or a prompt: %s", secret, line)
			}
		}
	}
	return errs
}

func answerInvariants(call *Call, a *Answer, add func(string, ...any)) {
	id := a.Header.Get(abi.HeaderRequestID)
	if call.ID == "none" && id == "" || call.ID != "none" && id != call.ID {
		add("the answer's %s is %q, the request's %q", abi.HeaderRequestID, id, call.ID)
	}
	for name := range a.Header {
		lower := strings.ToLower(name)
		if lower == abi.HeaderCredential || lower == abi.HeaderRetry || strings.HasPrefix(lower, "x-envoy-") {
			add("the client got the header %s", lower)
		}
	}
	if strings.Contains(fmt.Sprint(a.Header), providerKey) {
		add("a provider's key is in the answer's headers")
	}
	report := strings.HasPrefix(call.Path, "/_health/") // a 503 of readiness says why in its own words
	if a.Status >= 400 && call.Method != http.MethodHead && a.Header.Get(abi.HeaderDeployment) == "" && !report {
		refusalInvariants(call, a, add)
	}
}

// refusalInvariants: what we refuse ourselves is refused in the API's own shape.
func refusalInvariants(call *Call, a *Answer, add func(string, ...any)) {
	var b struct {
		Type  string `json:"type"`
		Error *struct {
			Message string           `json:"message"`
			Type    string           `json:"type"`
			Param   *json.RawMessage `json:"param"`
			Code    *json.RawMessage `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(a.Body, &b); err != nil || b.Error == nil || b.Error.Message == "" || b.Error.Type == "" {
		add("a refusal is no error object: %.300q (content-type %q)", a.Body, a.Header.Get("content-type"))
		return
	}
	if (call.API == abi.APIMessages) != (b.Type == "error") {
		add("a refusal is in another API's shape: %.300s", a.Body)
	}
	if got := a.Header.Get("content-type"); !strings.HasPrefix(got, "application/json") {
		add("a refusal's content-type is %q", got)
	}
	if a.Status == 503 && a.Header.Get("retry-after") == "" {
		add("a 503 has no retry-after")
	}
}

func upstreamInvariants(call *Call, letter string, s upstream.Seen, add func(string, ...any)) {
	text := fmt.Sprint(s.Header) + s.Path
	if len(s.Body) < 1<<16 {
		text += string(s.Body)
	}
	if strings.Contains(text, clientKey) {
		add("upstream %s saw the client's key: %s", letter, text)
	}
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, providerKey)
		if !ok {
			break
		}
		if !strings.HasPrefix(after, letter) {
			add("upstream %s saw another's key: %s", letter, text)
		}
		rest = after
	}
	for name := range s.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, abi.HeaderPrefix) || strings.HasPrefix(lower, "x-envoy-") || strings.HasPrefix(lower, "x-forwarded-") {
			add("upstream %s saw the header %s", letter, lower)
		}
	}
	if s.Header != nil {
		if got := s.Header.Get("accept-encoding"); got != "identity" {
			add("upstream %s was asked for the encoding %q, expected identity", letter, got)
		}
		if got := s.Header.Get(abi.HeaderRequestID); call.Times == 1 && call.ID != "none" && got != call.ID {
			add("upstream %s saw the request id %q, expected %q", letter, got, call.ID)
		}
	}
	if s.Header.Get("content-encoding") == "" && s.Method == http.MethodPost && len(s.Body) > 0 && !json.Valid(s.Body) {
		add("upstream %s saw a body that is no JSON: %.300q", letter, s.Body)
	}
}
