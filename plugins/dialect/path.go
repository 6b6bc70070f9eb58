package dialect

import (
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// Op is what a client's method and path ask for.
type Op uint8

// The operations. OpNone is an unknown path.
const (
	OpNone               Op = iota
	OpCreate                // POST of one of the APIs
	OpResponseGet           // GET /v1/responses/{id}
	OpResponseDelete        // DELETE /v1/responses/{id}
	OpResponseCancel        // POST /v1/responses/{id}/cancel
	OpResponseInputItems    // GET /v1/responses/{id}/input_items
	OpModels                // GET /v1/models
	OpModel                 // GET /v1/models/{id}
	OpLive                  // the process is there
	OpReady                 // it takes requests
	OpHealthModels          // how every deployment is
)

// Call is a client's method and path, understood.
type Call struct {
	API        abi.API // empty where the path belongs to no API
	Op         Op
	Model      string // from Azure's deployment path or /v1/models/{id}, unescaped; empty: the body names it
	ResponseID string // unescaped
	Query      string // as it came, without the '?'
}

// ReadPath understands a request line. Paths with and without /v1, with a trailing slash, and below Azure's /openai are
// the same. An unknown path gives a 404, a known one with a method it does not take a 405; the Call then still says the
// API, so that the refusal can be written in its shape.
func ReadPath(method, path string) (Call, *abi.Refusal) {
	path, query, _ := strings.Cut(path, "?")
	call, allowed := readPath(strings.TrimSuffix(path, "/"))
	call.Query = query
	if call.Op == OpNone {
		return call, &abi.Refusal{
			Status: 404, Code: "unknown_url",
			Message: "Unknown request URL: " + method + " " + path + ". The paths served are " + served() + " and /v1/models.",
		}
	}
	// One path of a response serves two methods.
	if method == "DELETE" && call.Op == OpResponseGet {
		call.Op = OpResponseDelete
		return call, nil
	}
	for one := range strings.SplitSeq(allowed, ", ") {
		if method == one {
			return call, nil
		}
	}
	return call, &abi.Refusal{
		Status: 405, Code: "method_not_allowed",
		Message: method + " is not allowed on " + path + ". Allow: " + allowed + ".",
	}
}

func served() string {
	list := ""
	for i, api := range abi.APIs {
		if i > 0 {
			list += ", "
		}
		list += api.Path()
	}
	return list
}

func readPath(path string) (call Call, allowed string) {
	switch path {
	case "/_health/live", "/health/liveliness", "/health/liveness": // the last two are LiteLLM's
		return Call{Op: OpLive}, "GET, HEAD"
	case "/_health/ready", "/health/readiness":
		return Call{Op: OpReady}, "GET, HEAD"
	case "/_health/models":
		return Call{Op: OpHealthModels}, "GET, HEAD"
	}
	if rest, ok := strings.CutPrefix(path, "/openai/"); ok {
		if rest, ok := strings.CutPrefix(rest, "deployments/"); ok {
			return readAzurePath(rest)
		}
		path = path[len("/openai"):]
	}
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		path = path[:1] + rest
	}
	switch path {
	case "/chat/completions":
		return Call{API: abi.APIChat, Op: OpCreate}, "POST"
	case "/completions":
		return Call{API: abi.APICompletions, Op: OpCreate}, "POST"
	case "/embeddings":
		return Call{API: abi.APIEmbeddings, Op: OpCreate}, "POST"
	case "/responses":
		return Call{API: abi.APIResponses, Op: OpCreate}, "POST"
	case "/messages":
		return Call{API: abi.APIMessages, Op: OpCreate}, "POST"
	case "/models":
		return Call{Op: OpModels}, "GET"
	}
	if rest, ok := strings.CutPrefix(path, "/models/"); ok {
		if model, ok := unescapePath(rest); ok && model != "" {
			return Call{Op: OpModel, Model: model}, "GET"
		}
	}
	if rest, ok := strings.CutPrefix(path, "/responses/"); ok {
		return readResponsePath(rest)
	}
	return Call{}, ""
}

// readAzurePath reads what follows /openai/deployments/. The model may hold slashes, escaped or not.
func readAzurePath(rest string) (Call, string) {
	for _, one := range []struct {
		suffix string
		api    abi.API
	}{
		{"/chat/completions", abi.APIChat}, // before /completions, which is its end too
		{"/completions", abi.APICompletions},
		{"/embeddings", abi.APIEmbeddings},
	} {
		if name, ok := strings.CutSuffix(rest, one.suffix); ok {
			if model, ok := unescapePath(name); ok && model != "" {
				return Call{API: one.api, Op: OpCreate, Model: model}, "POST"
			}
			break
		}
	}
	return Call{}, ""
}

// readResponsePath reads what follows /responses/.
func readResponsePath(rest string) (Call, string) {
	escaped, verb, _ := strings.Cut(rest, "/")
	id, ok := unescapePath(escaped)
	if !ok || id == "" || id == "." || id == ".." { // the dots would climb out of the path upstream
		return Call{}, ""
	}
	call := Call{API: abi.APIResponses, ResponseID: id}
	switch verb {
	case "":
		call.Op = OpResponseGet
		return call, "GET, DELETE"
	case "cancel":
		call.Op = OpResponseCancel
		return call, "POST"
	case "input_items":
		call.Op = OpResponseInputItems
		return call, "GET"
	}
	return Call{}, ""
}

// ResponsePath returns what follows the path of the responses API for a call about one response: "/{id}", with what is
// done to it. upstreamID is the id as the upstream knows it; it is escaped. The client's Query is not part of it.
func ResponsePath(call Call, upstreamID string) string {
	path := "/" + escapePath(upstreamID)
	switch call.Op {
	case OpResponseCancel:
		return path + "/cancel"
	case OpResponseInputItems:
		return path + "/input_items"
	}
	return path
}

// unescapePath undoes percent-encoding (RFC 3986 §2.1).
func unescapePath(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := unhex(s[i+1]), unhex(s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		out = append(out, byte(high<<4|low))
		i += 2
	}
	return string(out), true
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// escapePath leaves only RFC 3986's unreserved characters as they are, so that no id can end its path segment.
func escapePath(s string) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~' {
			out = append(out, c)
			continue
		}
		out = append(out, '%', digits[c>>4], digits[c&15])
	}
	return string(out)
}
