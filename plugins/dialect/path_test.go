package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestReadPath(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         Call
	}{
		{"POST", "/v1/chat/completions", Call{API: abi.APIChat, Op: OpCreate}},
		{"POST", "/chat/completions", Call{API: abi.APIChat, Op: OpCreate}},
		{"POST", "/v1/chat/completions/", Call{API: abi.APIChat, Op: OpCreate}},
		{"POST", "/v1/chat/completions?api-version=1&x", Call{API: abi.APIChat, Op: OpCreate, Query: "api-version=1&x"}},
		{"POST", "/completions", Call{API: abi.APICompletions, Op: OpCreate}},
		{"POST", "/v1/embeddings", Call{API: abi.APIEmbeddings, Op: OpCreate}},
		{"POST", "/v1/messages?beta=true", Call{API: abi.APIMessages, Op: OpCreate, Query: "beta=true"}},
		{"POST", "/v1/responses", Call{API: abi.APIResponses, Op: OpCreate}},
		{"POST", "/openai/responses?api-version=preview", Call{API: abi.APIResponses, Op: OpCreate, Query: "api-version=preview"}},
		{"POST", "/openai/v1/chat/completions", Call{API: abi.APIChat, Op: OpCreate}},
		{"POST", "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", Call{API: abi.APIChat, Op: OpCreate, Model: "gpt-4o", Query: "api-version=2024-10-21"}},
		{"POST", "/openai/deployments/gpt/completions", Call{API: abi.APICompletions, Op: OpCreate, Model: "gpt"}},
		{"POST", "/openai/deployments/meta%2Fllama%203/embeddings", Call{API: abi.APIEmbeddings, Op: OpCreate, Model: "meta/llama 3"}},
		{"POST", "/openai/deployments/meta/llama/chat/completions", Call{API: abi.APIChat, Op: OpCreate, Model: "meta/llama"}},
		{"GET", "/v1/responses/resp_1?stream=true", Call{API: abi.APIResponses, Op: OpResponseGet, ResponseID: "resp_1", Query: "stream=true"}},
		{"DELETE", "/responses/resp%5F1", Call{API: abi.APIResponses, Op: OpResponseDelete, ResponseID: "resp_1"}},
		{"POST", "/v1/responses/resp_1/cancel", Call{API: abi.APIResponses, Op: OpResponseCancel, ResponseID: "resp_1"}},
		{"GET", "/openai/v1/responses/resp_1/input_items", Call{API: abi.APIResponses, Op: OpResponseInputItems, ResponseID: "resp_1"}},
		{"GET", "/v1/models", Call{Op: OpModels}},
		{"GET", "/models/", Call{Op: OpModels}},
		{"GET", "/openai/models", Call{Op: OpModels}},
		{"GET", "/v1/models/gpt-4o", Call{Op: OpModel, Model: "gpt-4o"}},
		{"GET", "/v1/models/openai/gpt-4o%2Dmini", Call{Op: OpModel, Model: "openai/gpt-4o-mini"}},
		{"GET", "/_health/live", Call{Op: OpLive}},
		{"HEAD", "/_health/ready", Call{Op: OpReady}},
		{"GET", "/_health/models", Call{Op: OpHealthModels}},
		{"GET", "/health/liveliness", Call{Op: OpLive}},
		{"GET", "/health/liveness", Call{Op: OpLive}},
		{"GET", "/health/readiness?x", Call{Op: OpReady, Query: "x"}},
	} {
		got, refusal := ReadPath(c.method, c.path)
		if refusal != nil || got != c.want {
			t.Errorf("%s %s = %+v, %v; want %+v", c.method, c.path, got, refusal, c.want)
		}
	}
}

func TestReadPathRefuses(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		api          abi.API
		allow        string
	}{
		{"GET", "/", 404, "", ""},
		{"GET", "", 404, "", ""},
		{"GET", "/v1", 404, "", ""},
		{"POST", "/v1/v1/chat/completions", 404, "", ""},
		{"POST", "/v1/chat/completions/x", 404, "", ""},
		{"POST", "/v1/audio/speech", 404, "", ""},
		{"POST", "/openai/deployments//chat/completions", 404, "", ""},
		{"POST", "/openai/deployments/m/audio/speech", 404, "", ""},
		{"POST", "/openai/deployments/m%zz/embeddings", 404, "", ""},
		{"GET", "/v1/models/%4", 404, "", ""},
		{"GET", "/v1/responses/%2e%2E", 404, "", ""},
		{"GET", "/v1/responses/./cancel", 404, "", ""},
		{"GET", "/v1/responses/resp_1/output", 404, "", ""},
		{"GET", "/v1/chat/completions", 405, abi.APIChat, "POST"},
		{"PUT", "/v1/messages", 405, abi.APIMessages, "POST"},
		{"POST", "/v1/models", 405, "", "GET"},
		{"POST", "/v1/responses/resp_1", 405, abi.APIResponses, "GET, DELETE"},
		{"DELETE", "/v1/responses/resp_1/cancel", 405, abi.APIResponses, "POST"},
		{"POST", "/_health/live", 405, "", "GET, HEAD"},
		{"DELETE", "/v1/models/m", 405, "", "GET"},
	} {
		call, refusal := ReadPath(c.method, c.path)
		if refusal == nil || refusal.Status != c.status || call.API != c.api {
			t.Errorf("%s %s = %+v, %+v; want %d in the shape of %q", c.method, c.path, call, refusal, c.status, c.api)
			continue
		}
		if c.allow != "" && !strings.Contains(refusal.Message, "Allow: "+c.allow+".") {
			t.Errorf("%s %s: %q does not name %s", c.method, c.path, refusal.Message, c.allow)
		}
	}
}

// A response's id never leaves its path segment.
func TestResponsePath(t *testing.T) {
	for _, c := range []struct {
		op       Op
		id, want string
	}{
		{OpResponseGet, "resp_1-a.b~c", "/resp_1-a.b~c"},
		{OpResponseDelete, "a/../b?c#d e%", "/a%2F..%2Fb%3Fc%23d%20e%25"},
		{OpResponseCancel, "ä", "/%C3%A4/cancel"},
		{OpResponseInputItems, "r", "/r/input_items"},
	} {
		if got := ResponsePath(Call{Op: c.op}, c.id); got != c.want {
			t.Errorf("ResponsePath(%d, %q) = %q, want %q", c.op, c.id, got, c.want)
		}
		if back, ok := unescapePath(escapePath(c.id)); !ok || back != c.id {
			t.Errorf("%q came back as %q", c.id, back)
		}
	}
}
