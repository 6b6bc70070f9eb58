package price

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/provider"
)

func TestFind(t *testing.T) {
	for _, c := range []struct{ rule, provider, model, name string }{ // name: of the row; "": none is found
		{"bare", "openai", "gpt-4o", "gpt-4o"},
		{"bare, dated", "openai", "gpt-4o-2024-08-06", "gpt-4o-2024-08-06"},
		{"bare, anthropic", "anthropic", "claude-3-5-haiku-20241022", "claude-3-5-haiku-20241022"},
		{"below the prefix", "groq", "llama-3.1-8b-instant", "groq/llama-3.1-8b-instant"},
		{"below the prefix, with folders", "openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o"},
		{"below the prefix, azure", "azure", "gpt-4o", "azure/gpt-4o"},
		{"below the prefix, a region", "azure", "eu/gpt-4o-2024-08-06", "azure/eu/gpt-4o-2024-08-06"},
		{"the prefix wins over a bare row of the same provider", "deepseek", "deepseek-chat", "deepseek/deepseek-chat"},
		{"the prefix is written already", "openai", "openai/gpt-4o", "gpt-4o"},
		{"the prefix is written already, and the row has it", "azure", "azure/gpt-4o", "azure/gpt-4o"},
		{"a model that is called like its provider", "openrouter", "openrouter/auto", ""},
		{"any provider", "", "gpt-4o", "gpt-4o"},
		{"any provider, with a prefix", "", "groq/llama-3.1-8b-instant", "groq/llama-3.1-8b-instant"},
		{"any provider, but the whole name", "", "llama-3.1-8b-instant", ""},

		{"another case", "openai", "GPT-4o", "gpt-4o"},
		{"another case below the prefix", "together_ai", "qwen/qwen2.5-7b-instruct-turbo", "together_ai/Qwen/Qwen2.5-7B-Instruct-Turbo"},
		{"two in two cases", "together_ai", "baai/bge-base-en-v1.5", "together_ai/baai/bge-base-en-v1.5"},
		{"two in two cases, the other", "together_ai", "BAAI/bge-base-en-v1.5", "together_ai/BAAI/bge-base-en-v1.5"},

		{"fine-tuned", "openai", "ft:gpt-4o-mini-2024-07-18:org:suffix:id", "ft:gpt-4o-mini-2024-07-18"},
		{"fine-tuned, no suffix", "openai", "ft:gpt-4o-mini-2024-07-18:org::id", "ft:gpt-4o-mini-2024-07-18"},
		{"fine-tuned, a checkpoint", "openai", "ft:gpt-4o-mini-2024-07-18:org:suffix:id:ckpt-step-90", "ft:gpt-4o-mini-2024-07-18"},
		{"fine-tuned, with the prefix", "openai", "openai/ft:gpt-4o-mini-2024-07-18:org::id", "ft:gpt-4o-mini-2024-07-18"},
		{"fine-tuned, none of ours", "openai", "ft:gpt-9:org::id", ""},
		{"fine-tuned, no base", "openai", "ft::org::id", ""},
		{"fine-tuned, the base alone is no such name", "openai", "ft:gpt-4o", ""},
		{"not fine-tuned", "openai", "gpt-4o-mini-2024-07-18:org::id", ""},

		{"a stable version", "gemini", "gemini-2.5-flash-001", "gemini/gemini-2.5-flash"},
		{"a stable version with a row", "gemini", "gemini-2.0-flash-001", "gemini/gemini-2.0-flash-001"},
		{"a stable version on Vertex", "vertex_ai", "gemini-2.5-pro-001", "gemini-2.5-pro"},
		{"a date is no version", "gemini", "gemini-2.5-flash-2025", ""},
		{"a year and a month neither", "vertex_ai", "mistral-medium-3-2599", ""},
		{"only Google counts so", "openai", "gpt-4o-001", ""},

		{"the prefix of another", "azure_text", "gpt-35-turbo-instruct", "azure/gpt-35-turbo-instruct"},
		{"the prefix of another is not the others' rows", "azure_text", "gpt-4o", ""},
		{"and not the other way", "azure", "gpt-35-turbo-instruct", ""},
		{"two prefixes, one service", "cohere", "command-r", "command-r"},
		{"two prefixes, one service, the other", "cohere_chat", "command-r", "command-r"},
		{"completions of OpenAI", "openai", "gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct"},
		{"completions of OpenAI by their prefix", "text-completion-openai", "gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct"},
		{"jamba", "ai21_chat", "jamba-1.5-large", "jamba-1.5-large"},
		{"fireworks", "fireworks_ai", "accounts/fireworks/models/deepseek-v3", "fireworks_ai/accounts/fireworks/models/deepseek-v3"},
		{"fireworks, embeddings", "fireworks_ai", "WhereIsAI/UAE-Large-V1", "fireworks_ai/WhereIsAI/UAE-Large-V1"},
		{"a region of Bedrock", "bedrock", "eu.anthropic.claude-3-5-haiku-20241022-v1:0", "eu.anthropic.claude-3-5-haiku-20241022-v1:0"},
		{"a region Bedrock has not", "bedrock", "mars.anthropic.claude-3-5-haiku-20241022-v1:0", ""},
		{"Vertex by maker", "vertex_ai", "claude-3-5-haiku@20241022", "vertex_ai/claude-3-5-haiku@20241022"},
		{"Vertex, beta", "vertex_ai_beta", "gemini-2.5-pro", "gemini-2.5-pro"},
		{"OpenAI's model at Azure AI", "azure_ai", "gpt-4o", "gpt-4o"},
		{"Azure AI's own", "azure_ai", "Llama-3.3-70B-Instruct", "azure_ai/Llama-3.3-70B-Instruct"},

		{"nothing", "openai", "", ""},
		{"the prefix alone", "openai", "openai/", ""},
		{"nothing at all", "", "", ""},
		{"the list's own explanation", "", "sample_spec", ""},
		{"an image model", "openai", "dall-e-3", ""},
	} {
		m, ok := Find(c.provider, c.model)
		if ok != (c.name != "") || m.Name != c.name {
			t.Errorf("%s: %q at %q is %q, want %q", c.rule, c.model, c.provider, m.Name, c.name)
		}
		if !ok && m != (Model{}) {
			t.Errorf("%s: not found, and yet %+v", c.rule, m)
		}
	}
}

// TestAccidents: a name that holds another, or is held by it, or that another provider has, is not that model.
func TestAccidents(t *testing.T) {
	for _, c := range [][2]string{
		{"gemini", "mini"}, {"openai", "mini"}, {"openai", "gemini"}, {"openai", "gpt"}, {"openai", "gpt-"}, {"openai", "4o"},
		{"openai", "gpt-4o-2099-01-01"}, {"openai", "gpt-4o-mini-2099-01-01"}, {"openai", "gpt-4o-mini-"}, {"openai", "gpt-4o "},
		{"openai", " gpt-4o"}, {"openai", "xgpt-4o"}, {"openai", "gpt-4o/mini"}, {"openai", "gpt-4o\tmini"}, {"openai", "gpt-4o:free"},
		{"anthropic", "claude"}, {"anthropic", "claude-3-5-haiku-20990101"}, {"anthropic", "haiku"},
		{"openai", "gemini-2.5-flash"}, {"openai", "claude-3-5-haiku-20241022"}, {"openai", "azure/gpt-4o"}, {"openai", "llama-3.1-8b-instant"},
		{"gemini", "gpt-4o"}, {"groq", "gpt-4o"}, {"anthropic", "gpt-4o"}, {"text-completion-openai", "gpt-4o"},
		{"hosted_vllm", "gpt-4o"}, {"custom_openai", "gpt-4o"}, {"openai_like", "gpt-4o"}, {"litellm_proxy", "gpt-4o"}, {"my_corp", "gpt-4o"},
		{"Openai", "gpt-4o"}, {"open", "ai/gpt-4o"}, {"azure/eu", "gpt-4o"}, {"groq", "groq"}, {"vertex_ai-language-models", "gpt-4o"},
		{"together_ai", "somebody/some-llama-8b"}, {"fireworks_ai", "accounts/fireworks/models/some-llama-8b"},
	} {
		if m, ok := Find(c[0], c[1]); ok {
			t.Errorf("%q at %q is taken for %q", c[1], c[0], m.Name)
		}
	}
	gpt4, _ := Find("openai", "gpt-4")
	mini, _ := Find("openai", "gpt-4o-mini")
	if gpt4.Name != "gpt-4" || mini.Name != "gpt-4o-mini" || gpt4.Price == mini.Price {
		t.Errorf("gpt-4 is %+v, gpt-4o-mini is %+v", gpt4, mini)
	}
}

// strangers are the table's providers that no prefix of ours stands for.
var strangers = []string{"sarvam"}

// TestEveryRowIsFound: each of the table's providers is mapped to a prefix of ours, and that finds each of its rows by the
// name a deployment of it has.
func TestEveryRowIsFound(t *testing.T) {
	ours := map[string][]string{} // by the table's provider
	for _, name := range provider.Names() {
		for _, owner := range placeOf(name).owners {
			ours[owner] = append(ours[owner], name)
		}
	}
	seen := map[string]bool{}
	for _, m := range loaded().models {
		seen[m.Provider] = true
		prefixes := ours[m.Provider]
		if stranger := slices.Contains(strangers, m.Provider); stranger != (len(prefixes) == 0) {
			t.Fatalf("%s is of %s, which is a stranger: %v, or our %q", m.Name, m.Provider, stranger, prefixes)
		}
		for _, name := range prefixes {
			if name == "azure_ai" && m.Provider != name {
				continue // has other providers' rows only where it has none itself
			}
			model := strings.TrimPrefix(m.Name, placeOf(name).prefix+"/")
			found, ok := Find(name, model)
			if below := placeOf(name).prefix + "/" + m.Name; !ok || found != m && found.Name != below { // both stand there: the prefix wins
				t.Errorf("%s at %s is %v %q", model, name, ok, found.Name)
			}
		}
		if found, ok := Find("", m.Name); !ok || found != m {
			t.Errorf("%s is not found by its name", m.Name)
		}
	}
	for name, p := range places {
		if _, ok := provider.Lookup(name); !ok {
			t.Errorf("%s has a place and is no provider", name)
		}
		for _, owner := range p.owners {
			if !seen[owner] {
				t.Errorf("%s has a place with %s, of which there is no row", name, owner)
			}
		}
	}
	for _, name := range strangers {
		if !seen[name] {
			t.Errorf("the stranger %s has no row", name)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Find("openai", "ft:gpt-4o-mini-2024-07-18:org::id"); !ok {
			b.Fatal("not found")
		}
	}
}
