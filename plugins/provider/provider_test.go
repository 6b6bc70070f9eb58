package provider

import (
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	const base = "https://h.example/v1"
	for _, c := range []struct {
		model, custom, base string
		provider, upstream  string
		assumed             bool
		refused             string // part of the error
	}{
		{model: "openai/gpt-4o", provider: "openai", upstream: "gpt-4o"},
		{model: "openrouter/openai/gpt-4o-mini", provider: "openrouter", upstream: "openai/gpt-4o-mini"},
		{model: "azure/o_series/my-o3", provider: "azure", upstream: "my-o3"},
		{model: "openai/responses/gpt-4o", provider: "openai", upstream: "gpt-4o"},
		{model: "fireworks_ai/llama-v3p1-8b-instruct", provider: "fireworks_ai", upstream: "accounts/fireworks/models/llama-v3p1-8b-instruct"},
		{model: "fireworks_ai/nomic-ai/nomic-embed-text-v1.5", provider: "fireworks_ai", upstream: "nomic-ai/nomic-embed-text-v1.5"},
		{model: "openai/*", provider: "openai", upstream: "*"},
		{model: "groq/llama-*", provider: "groq", upstream: "llama-*"},
		{model: "siliconflow/deepseek-ai/DeepSeek-R1", base: base, provider: "siliconflow", upstream: "deepseek-ai/DeepSeek-R1", assumed: true},
		{model: "grok/x", refused: `there is no provider "grok", did you mean "groq"?`},
		{model: "siliconflow/x", refused: "needs an api_base"},
		{model: "nobody/", base: base, refused: "no model stands behind the prefix"},

		{model: "gpt-4o-mini", provider: "openai", upstream: "gpt-4o-mini"},
		{model: "o3-mini", provider: "openai", upstream: "o3-mini"},
		{model: "chatgpt-4o-latest", provider: "openai", upstream: "chatgpt-4o-latest"},
		{model: "text-embedding-3-small", provider: "openai", upstream: "text-embedding-3-small"},
		{model: "dall-e-3", provider: "openai", upstream: "dall-e-3"},
		{model: "whisper-1", provider: "openai", upstream: "whisper-1"},
		{model: "tts-1-hd", provider: "openai", upstream: "tts-1-hd"},
		{model: "ft:gpt-4o:org::id", provider: "openai", upstream: "ft:gpt-4o:org::id"},
		{model: "davinci-002", provider: "text-completion-openai", upstream: "davinci-002"},
		{model: "claude-sonnet-4-20250514", provider: "anthropic", upstream: "claude-sonnet-4-20250514"},
		{model: "*", provider: "openai", upstream: "*"},
		{model: "gemini-2.0-flash", provider: "vertex_ai", upstream: "gemini-2.0-flash"},
		{model: "anthropic.claude-v2", provider: "bedrock", upstream: "anthropic.claude-v2"},
		{model: "llama-3-70b", refused: `write a prefix, for example "openai/llama-3-70b"`},
		{model: "llama-3-70b", base: base, provider: "openai", upstream: "llama-3-70b"},
		{model: "llama-3.1-8b-instant", base: "https://api.groq.com/openai/v1/", provider: "groq", upstream: "llama-3.1-8b-instant"},
		{model: "meta-llama/Llama-3-70b", base: "https://api.together.ai/v1", provider: "together_ai", upstream: "meta-llama/Llama-3-70b"},
		{model: "llama", base: "https://evil.example/api.groq.com/openai/v1", provider: "openai", upstream: "llama"},

		{model: "my-deployment", custom: "azure", provider: "azure", upstream: "my-deployment"},
		{model: "azure/my-deployment", custom: "azure", provider: "azure", upstream: "my-deployment"},
		{model: "openai/gpt-4o", custom: "openrouter", provider: "openrouter", upstream: "openai/gpt-4o"},
		{model: "x", custom: "mine", base: base, provider: "mine", upstream: "x", assumed: true},
		{model: "x", custom: "mistrl", refused: `did you mean "mistral"?`},
	} {
		got, err := Resolve(c.model, c.custom, c.base)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("Resolve(%q, %q, %q): error %v, want one with %q", c.model, c.custom, c.base, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("Resolve(%q, %q, %q): %v", c.model, c.custom, c.base, err)
			continue
		}
		if got.Provider.Name != c.provider || got.Model != c.upstream || got.Assumed != c.assumed {
			t.Errorf("Resolve(%q, %q, %q) = %s, %q, assumed %v; want %s, %q, %v",
				c.model, c.custom, c.base, got.Provider.Name, got.Model, got.Assumed, c.provider, c.upstream, c.assumed)
		}
	}
}
