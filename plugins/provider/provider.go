// Package provider is the table of LiteLLM's provider prefixes: where a provider is, how its paths are built, which
// header carries its key, which variables LiteLLM reads for it and which APIs it speaks itself. It is pure: what stands
// in the environment is looked up by the caller.
package provider

import (
	"errors"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// Style is how a provider's paths are built from its base URL.
type Style string

// The styles.
const (
	OpenAI    Style = "openai"    // BASE/chat/completions, the model stands in the body
	Azure     Style = "azure"     // BASE/openai/deployments/MODEL/chat/completions?api-version=V
	Anthropic Style = "anthropic" // BASE/v1/messages
)

// Provider is what is known of one prefix.
type Provider struct {
	Name    string    // the prefix: what stands before the first '/' of litellm_params.model
	Style   Style     //
	Base    string    // default base URL; empty: api_base is needed
	BaseEnv []string  // variables LiteLLM reads for the base URL when api_base is absent, in this order
	Root    string    // put behind a base URL that does not end with it: LiteLLM speaks another API there, we the compatible one
	KeyEnv  []string  // variables LiteLLM reads for the key when api_key is absent; the first is the documented one
	Keyless bool      // works without a key: a server of one's own
	Header  string    // carries the key, lower case
	Prefix  string    // before the key in that header
	APIs    []abi.API // spoken by the provider itself, without translation
	Routes  []string  // prefixes of the model that tell LiteLLM how to call it and that no upstream knows ("responses/")
	Within  string    // put before a model's bare name: where the provider keeps its own models
	// Unusable is why it cannot be called yet; empty: it can.
	Unusable string
}

// Lookup returns the provider with the prefix name.
func Lookup(name string) (*Provider, bool) {
	p, ok := byName[name]
	return p, ok
}

// Choice is what a model's text stands for.
type Choice struct {
	Provider *Provider
	Model    string // sent upstream, without the prefix
	Assumed  bool   // the prefix is unknown and its api_base was taken as OpenAI-compatible
}

// Resolve finds the provider of litellm_params.model, as LiteLLM does: custom (custom_llm_provider) wins, then a known
// prefix, then the host of apiBase, then the shape of the model's name; an unknown prefix with an apiBase is taken as
// OpenAI-compatible. The error says what to write.
func Resolve(model, custom, apiBase string) (Choice, error) {
	if custom != "" {
		return resolveCustom(model, custom, apiBase)
	}
	prefix, rest, slash := strings.Cut(model, "/")
	if slash {
		if p, ok := byName[prefix]; ok {
			return choose(p, rest), nil
		}
	}
	if p, ok := byBase(apiBase); ok {
		return choose(p, model), nil
	}
	if !slash {
		if name := guess(model); name != "" {
			return choose(byName[name], model), nil
		}
		if apiBase != "" {
			return choose(byName["openai"], model), nil
		}
		return Choice{}, errors.New("is " + strconv.Quote(model) + ", which names no provider: write a prefix, for example " +
			strconv.Quote("openai/"+model) + ", or an api_base")
	}
	if apiBase == "" {
		return Choice{}, errors.New("is " + strconv.Quote(model) + ": there is no provider " + strconv.Quote(prefix) +
			hint(prefix) + "; an OpenAI-compatible server of that name needs an api_base")
	}
	if rest == "" {
		return Choice{}, errors.New("is " + strconv.Quote(model) + ": no model stands behind the prefix")
	}
	return Choice{Provider: compatible(prefix), Model: rest, Assumed: true}, nil
}

func resolveCustom(model, custom, apiBase string) (Choice, error) {
	model = strings.TrimPrefix(model, custom+"/")
	if p, ok := byName[custom]; ok {
		return choose(p, model), nil
	}
	if apiBase == "" {
		return Choice{}, errors.New("has custom_llm_provider " + strconv.Quote(custom) + ": there is no such provider" +
			hint(custom) + "; an OpenAI-compatible server of that name needs an api_base")
	}
	return Choice{Provider: compatible(custom), Model: model, Assumed: true}, nil
}

func choose(p *Provider, model string) Choice {
	for _, route := range p.Routes {
		model = strings.TrimPrefix(model, route)
	}
	if p.Within != "" && !strings.ContainsAny(model, "/#*") {
		model = p.Within + model
	}
	return Choice{Provider: p, Model: model}
}

// hint proposes the nearest known prefix.
func hint(name string) string {
	if near := nearest.Of(name, Names()); near != "" {
		return ", did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// compatible is a provider LiteLLM does not know, at an api_base that is taken as OpenAI-compatible.
func compatible(name string) *Provider {
	return &Provider{
		Name: name, Style: OpenAI, Keyless: true, Header: "authorization", Prefix: "Bearer ",
		APIs: []abi.API{abi.APIChat, abi.APICompletions, abi.APIEmbeddings},
	}
}

// byBase finds the provider whose default base URL is, or lies above, apiBase: LiteLLM takes such a provider's key too.
func byBase(apiBase string) (*Provider, bool) {
	if apiBase == "" {
		return nil, false
	}
	b, err := ParseBase(apiBase)
	if err != nil {
		return nil, false
	}
	for i := range Table {
		p := &Table[i]
		if p.Base == "" || p.Keyless || p.Unusable != "" {
			continue
		}
		d, err := ParseBase(p.Base)
		if err == nil && d.Host == b.Host && (b.Path == d.Path || strings.HasPrefix(b.Path, d.Path+"/")) {
			return p, true
		}
	}
	return nil, false
}

// guess names the provider of a model without a prefix by the shape of its name; "" when it has none we know. LiteLLM
// looks names up in its price list; the shapes cover what stands there and what will.
func guess(model string) string {
	if model == "*" {
		return "openai"
	}
	for _, g := range guesses {
		for _, prefix := range g.prefixes {
			if strings.HasPrefix(model, prefix) {
				return g.provider
			}
		}
	}
	return ""
}

var guesses = []struct {
	provider string
	prefixes []string
}{
	{"text-completion-openai", []string{"gpt-3.5-turbo-instruct", "davinci-002", "babbage-002", "ft:davinci-002", "ft:babbage-002"}},
	{"openai", []string{
		"gpt-", "o1", "o3", "o4", "chatgpt-", "codex-", "computer-use-preview", "ft:gpt-", "text-embedding-", "dall-e-",
		"whisper-", "tts-", "omni-moderation-", "text-moderation-", "sora-", "davinci", "babbage",
	}},
	{"anthropic", []string{"claude-"}},
	{"bedrock", []string{"anthropic.", "amazon.", "meta.", "cohere.", "ai21.", "mistral.", "us.", "eu.", "apac."}},
	{"vertex_ai", []string{"gemini-", "textembedding-gecko", "text-bison", "chat-bison", "imagen-"}},
	{"cohere_chat", []string{"command-"}},
	{"ai21_chat", []string{"jamba-"}},
}
