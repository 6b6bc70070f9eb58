package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Table {
		if seen[p.Name] {
			t.Errorf("%s stands twice", p.Name)
		}
		seen[p.Name] = true
		if p.Name == "" || strings.ContainsAny(p.Name, "/ ") {
			t.Errorf("%q is no prefix", p.Name)
		}
		if p.Unusable != "" {
			if len(p.APIs) > 0 || p.Base != "" {
				t.Errorf("%s cannot be used, yet has a base or APIs", p.Name)
			}
			continue
		}
		if len(p.APIs) == 0 {
			t.Errorf("%s speaks no API", p.Name)
		}
		for i, api := range p.APIs {
			if !slices.Contains(abi.APIs, api) {
				t.Errorf("%s speaks %q, which is no API", p.Name, api)
			}
			if slices.Contains(p.APIs[:i], api) {
				t.Errorf("%s speaks %q twice", p.Name, api)
			}
		}
		if !slices.Contains(abi.CredentialHeaders, p.Header) {
			t.Errorf("%s sends its key in %q, which no attempt is cleared of", p.Name, p.Header)
		}
		if !p.Keyless && len(p.KeyEnv) == 0 {
			t.Errorf("%s needs a key and has no variable for it", p.Name)
		}
		if p.Base == "" && len(p.BaseEnv) == 0 && p.Name != "custom_openai" {
			t.Errorf("%s has neither a base URL nor a variable for one", p.Name)
		}
		for _, name := range slices.Concat(p.KeyEnv, p.BaseEnv) {
			if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
				t.Errorf("%s reads %q, which is no variable", p.Name, name)
			}
		}
		if p.Base == "" {
			continue
		}
		b, err := ParseBase(p.Base)
		if err != nil {
			t.Errorf("%s: the base URL %v", p.Name, err)
		}
		if own := b.Host == "localhost" || b.Host == "127.0.0.1"; own != (b.Scheme == "http") {
			t.Errorf("%s: %s carries a key over a network without TLS, or TLS over loopback", p.Name, p.Base)
		}
	}
	for _, must := range []string{
		"openai", "text-completion-openai", "groq", "openrouter", "mistral", "codestral", "deepseek", "together_ai", "fireworks_ai", "xai",
		"perplexity", "ollama", "ollama_chat", "hosted_vllm", "vllm", "lm_studio", "llamafile", "nvidia_nim", "cerebras", "sambanova",
		"deepinfra", "anyscale", "ai21_chat", "ai21", "novita", "hyperbolic", "nebius", "github", "moonshot", "dashscope", "volcengine",
		"friendliai", "lambda_ai", "featherless_ai", "empower", "galadriel", "meta_llama", "nscale", "v0", "morph", "litellm_proxy",
		"custom_openai", "openai_like", "databricks", "azure", "anthropic", "bedrock", "sagemaker", "vertex_ai", "vertex_ai_beta", "gemini",
		"cohere", "cohere_chat", "palm", "watsonx", "replicate", "huggingface", "azure_ai", "cloudflare", "predibase",
	} {
		if !seen[must] {
			t.Errorf("%s is missing", must)
		}
	}
	for _, g := range guesses {
		if !seen[g.provider] {
			t.Errorf("names are guessed to be of %q, which is no prefix", g.provider)
		}
	}
}
