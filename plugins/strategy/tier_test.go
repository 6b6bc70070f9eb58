package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestTierOf(t *testing.T) {
	for want, models := range map[tier][]string{
		simpleTier: {
			"gpt-4o-mini", "openai/gpt-4o-mini-2024-07-18", "gpt-4.1-nano", "o3-mini", "o1-mini", "GPT-4O-MINI",
			"claude-3-haiku-20240307", "gemini-2.0-flash", "gemini-1.5-flash-8b", "gemini-2.5-pro-flash",
			"mistral-small-latest", "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "llama-3.1-8b-instant",
			"gpt-3.5-turbo", "gpt-35-turbo", "gpt-3.5-turbo-16k", "tiny_model", "mini",
		},
		complexTier: {
			"gpt-4o", "gpt-4", "gpt-4-turbo", "gpt-4.1", "gpt-4-0613", "gpt-5", "chatgpt-4o-latest", "claude-3-opus",
			"anthropic.claude-3-5-sonnet-20241022-v2:0", "gemini-pro", "gemini-1.5-pro", "gemini/gemini-2.5-pro",
			"mistral-large-latest", "o1", "o1-preview", "o3", "qwen-max", "deepseek-reasoner",
			"Llama-3.3-70B-Instruct-Turbo",
		},
		otherTier: {
			"gemini", "gemini-exp-1206", "minimax-text-01", "minimal", "ministral-8b", "smaller", "flashy", "snowflash",
			"command-r", "llama-3.1-70b-instruct", "proxy", "prophet", "mixtral-8x7b", "deepseek-chat",
			"claude-instantiate", "gpt4", "gpt-40", "gpt-oss-120b", "4", "llama-4", "gpt", "mini\u00e9", "", "-", "*",
			"turbocharged-and-more", "oo1",
		},
	} {
		for _, model := range models {
			if got := tierOf(model); got != want {
				t.Errorf("%q is %d, want %d", model, got, want)
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { tierOf("anthropic.claude-3-5-sonnet-20241022-v2:0") }); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}

func TestTierFrom(t *testing.T) {
	d := &abi.Deployment{ID: "a", Provider: "openai", Model: "gpt-4o"}
	for _, c := range []struct {
		simple, complex []string
		want            tier
	}{
		{nil, nil, complexTier},
		{[]string{"gpt-4o"}, nil, simpleTier},
		{[]string{"openai/gpt-4o"}, nil, simpleTier},
		{[]string{"a"}, []string{"gpt-4o"}, simpleTier},
		{[]string{"gpt-4"}, nil, complexTier},
		{nil, []string{"x"}, complexTier},
	} {
		if got := tierFrom(c.simple, c.complex, d); got != c.want {
			t.Errorf("%v, %v: %d, want %d", c.simple, c.complex, got, c.want)
		}
	}
	mini := &abi.Deployment{ID: "b", Provider: "openai", Model: "gpt-4o-mini"}
	if tierFrom(nil, []string{"b"}, mini) != complexTier || tierFrom(nil, []string{"gpt-4o"}, mini) != simpleTier {
		t.Error("a name that means the deployment goes before the words of its model")
	}
}
