package provider

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestPaths(t *testing.T) {
	const chat, completions, embeddings, responses, messages = abi.APIChat, abi.APICompletions, abi.APIEmbeddings, abi.APIResponses, abi.APIMessages
	for _, c := range []struct {
		provider, base, version string
		api                     abi.API
		want                    string
	}{
		{"openai", "https://h/v1", "", chat, "/v1/chat/completions"},
		{"openai", "https://h/v1/", "", completions, "/v1/completions"},
		{"openai", "https://h/v1", "", embeddings, "/v1/embeddings"},
		{"openai", "https://h/v1", "", responses, "/v1/responses"},
		{"openai", "https://h/v1/chat/completions", "", embeddings, "/v1/embeddings"},
		{"openai", "http://h:8000", "", chat, "/chat/completions"}, // as LiteLLM: what is written is where it goes
		{"perplexity", "https://api.perplexity.ai", "", chat, "/chat/completions"},
		{"volcengine", "https://h/api/v3", "", chat, "/api/v3/chat/completions"},
		{"ollama", "http://127.0.0.1:11434", "", chat, "/v1/chat/completions"},
		{"ollama_chat", "http://127.0.0.1:11434/v1/", "", embeddings, "/v1/embeddings"},
		{"docker_model_runner", "http://h/engines/llama.cpp", "", chat, "/engines/llama.cpp/v1/chat/completions"},
		{"litellm_proxy", "http://h:4000", "", messages, "/v1/messages"},

		{"anthropic", "https://api.anthropic.com", "", messages, "/v1/messages"},
		{"anthropic", "https://api.anthropic.com/v1/", "", messages, "/v1/messages"},
		{"anthropic", "https://h/proxy/v1/messages", "", messages, "/proxy/v1/messages"},

		{"azure", "https://x.openai.azure.com/", "2024-02-01", chat, "/openai/deployments/{model}/chat/completions?api-version=2024-02-01"},
		{"azure", "https://x.openai.azure.com", "2024-02-01", embeddings, "/openai/deployments/{model}/embeddings?api-version=2024-02-01"},
		{"azure", "https://x.openai.azure.com", "2024-02-01", completions, "/openai/deployments/{model}/completions?api-version=2024-02-01"},
		{"azure", "https://x.openai.azure.com/openai", "2024-02-01", chat, "/openai/deployments/{model}/chat/completions?api-version=2024-02-01"},
		{"azure", "https://h/gw/openai/deployments/", "2024-02-01", chat, "/gw/openai/deployments/{model}/chat/completions?api-version=2024-02-01"},
		{"azure", "https://h/openai/deployments/mine", "2024-02-01", chat, "/openai/deployments/mine/chat/completions?api-version=2024-02-01"},
		{"azure", "https://h/openai/deployments/mine/chat/completions?api-version=2023-05-15", "2024-02-01", embeddings, "/openai/deployments/mine/embeddings?api-version=2023-05-15"},
		{"azure", "https://h", "2024-10-21", responses, "/openai/v1/responses?api-version=preview"}, // a dated version that is older than the API
		{"azure", "https://h", "2025-04-01-preview", responses, "/openai/responses?api-version=2025-04-01-preview"},
		{"azure", "https://h/openai/deployments/mine", "2025-04-01-preview", responses, "/openai/responses?api-version=2025-04-01-preview"},
		{"azure", "https://h", "preview", chat, "/openai/v1/chat/completions?api-version=preview"},
		{"azure", "https://h", "v1", responses, "/openai/v1/responses"},
		{"azure", "https://h/openai/v1", "2024-02-01", chat, "/openai/v1/chat/completions"},
	} {
		p, ok := Lookup(c.provider)
		if !ok {
			t.Fatalf("no provider %q", c.provider)
		}
		base, err := ParseBase(c.base)
		if err != nil {
			t.Fatalf("%s: %v", c.base, err)
		}
		got := ""
		for _, at := range p.Paths(base, c.version) {
			if at.API == c.api {
				got = at.Path
			}
		}
		if got != c.want {
			t.Errorf("%s at %s, version %q: %s is %q, want %q", c.provider, c.base, c.version, c.api, got, c.want)
		}
	}
}
