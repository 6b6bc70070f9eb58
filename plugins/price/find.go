package price

import (
	"slices"
	"strings"
)

// Find returns what is known of a model at a provider, which is named by RouteIQ's prefix ("openai", "azure"); model is
// what is sent upstream, or LiteLLM's base_model of an Azure deployment, with or without the prefix. Names are compared
// whole, never by a part: a model the table does not know is not found, however much its name looks like another's. An
// Azure deployment may have any name, so one that is called like a model is believed to be it.
//
// The look-up is LiteLLM's (get_model_info), first to last: "provider/model", then the bare model if that row is the
// provider's. Each is taken as it is written and else without regard to case. Two kinds of names have rows in common:
// a fine-tuned model "ft:gpt-4o:org:suffix:id" is priced as "ft:gpt-4o", and a Gemini model's stable version
// "gemini-2.5-pro-001" as "gemini-2.5-pro". An empty provider takes the row of that very name, whoever's it is.
//
// LiteLLM guesses more, and here it is not followed: it prices models of together_ai and fireworks_ai by the billions in
// their names, any model of litellm_proxy as if its alias were the model, dates that end a name on Vertex and Databricks
// as if they were versions, and takes a Bedrock name's region and options off (those that matter have rows). It in turn
// does not know a fine-tuned model without a suffix ("ft:gpt-4o:org::id") or a checkpoint of one, and finds no row of the
// services that serve one provider's models under two prefixes (see places).
func Find(provider, model string) (Model, bool) {
	if model == "" {
		return Model{}, false
	}
	t := loaded()
	p := placeOf(provider)
	if bare, ok := strings.CutPrefix(model, provider+"/"); ok && provider != "" {
		// LiteLLM takes the prefix as written already; but OpenRouter has a model openrouter/auto of its own.
		if m, ok := t.at(p, model); ok {
			return m, true
		}
		model = bare
	}
	for _, name := range []string{model, sharing(p, model)} {
		if name == "" {
			continue
		}
		if m, ok := t.at(p, name); ok {
			return m, true
		}
	}
	return Model{}, false
}

// at looks a model up below a place's prefix, then bare.
func (t *table) at(p place, model string) (Model, bool) {
	if p.prefix != "" {
		if m, ok := t.row(p, p.prefix+"/"+model); ok {
			return m, true
		}
	}
	return t.row(p, model)
}

// row is the one of that name, as written or else in another case, if it belongs to the place.
func (t *table) row(p place, name string) (Model, bool) {
	i, ok := t.exact[name]
	if !ok {
		i, ok = t.folded[strings.ToLower(name)]
	}
	if !ok || p.owners != nil && !slices.Contains(p.owners, t.models[i].Provider) {
		return Model{}, false
	}
	return t.models[i], true
}

// sharing is the name of the row a model shares with others; "" when it would have one of its own.
func sharing(p place, model string) string {
	if tuned, ok := strings.CutPrefix(model, "ft:"); ok {
		base, _, ok := strings.Cut(tuned, ":")
		if !ok || base == "" {
			return ""
		}
		return "ft:" + base
	}
	if p.stable {
		// Google's versions have three digits; four or two are a date, and that is another model.
		if cut := len(model) - len("-001"); cut > 0 && model[cut] == '-' && strings.Trim(model[cut+1:], "0123456789") == "" {
			return model[:cut]
		}
	}
	return ""
}

// place is where a provider's models stand in the table.
type place struct {
	prefix string   // of its rows' names
	owners []string // what its rows have for a provider; nil: anything
	stable bool     // its models are called by version too
}

// places are the providers whose rows stand under another name than theirs. Any other has prefix and owner of its own
// name, so a provider that the table has no row of finds nothing.
var places = map[string]place{
	// The same models at the same price under two prefixes of ours.
	"ai21_chat":        {prefix: "ai21", owners: []string{"ai21"}},
	"cohere":           {prefix: "cohere", owners: []string{"cohere", "cohere_chat"}},
	"cohere_chat":      {prefix: "cohere", owners: []string{"cohere_chat", "cohere"}},
	"ollama_chat":      {prefix: "ollama", owners: []string{"ollama"}},
	"openai":           {prefix: "openai", owners: []string{"openai", "text-completion-openai"}},
	"sagemaker_chat":   {prefix: "sagemaker", owners: []string{"sagemaker"}},
	"watsonx_text":     {prefix: "watsonx", owners: []string{"watsonx"}},
	"bedrock":          {prefix: "bedrock", owners: []string{"bedrock", "bedrock_converse"}},
	"bedrock_converse": {prefix: "bedrock", owners: []string{"bedrock", "bedrock_converse"}},
	"bedrock_mantle":   {prefix: "bedrock", owners: []string{"bedrock", "bedrock_converse"}},

	// Rows under a prefix that is not their provider.
	"amazon_nova": {prefix: "amazon-nova", owners: []string{"amazon_nova"}},
	"azure_text":  {prefix: "azure", owners: []string{"azure_text"}},

	// One prefix for what the table has apart by kind or by maker of the model.
	"fireworks_ai":   {prefix: "fireworks_ai", owners: []string{"fireworks_ai", "fireworks_ai-embedding-models"}},
	"gemini":         {prefix: "gemini", owners: []string{"gemini"}, stable: true},
	"vertex_ai":      {prefix: "vertex_ai", owners: vertex, stable: true},
	"vertex_ai_beta": {prefix: "vertex_ai", owners: vertex, stable: true},

	// As LiteLLM does it: OpenAI's models cost the same at each of the three.
	"azure_ai": {prefix: "azure_ai", owners: []string{"azure_ai", "azure", "openai"}},
}

// vertex are the table's names for Vertex AI.
var vertex = []string{
	"vertex_ai", "vertex_ai-ai21_models", "vertex_ai-anthropic_models", "vertex_ai-chat-models", "vertex_ai-code-chat-models",
	"vertex_ai-code-text-models", "vertex_ai-deepseek_models", "vertex_ai-embedding-models", "vertex_ai-language-models",
	"vertex_ai-llama_models", "vertex_ai-minimax_models", "vertex_ai-mistral_models", "vertex_ai-moonshot_models",
	"vertex_ai-openai_models", "vertex_ai-qwen_models", "vertex_ai-text-models", "vertex_ai-vision-models", "vertex_ai-zai_models",
}

func placeOf(provider string) place {
	if provider == "" {
		return place{}
	}
	if p, ok := places[provider]; ok {
		return p
	}
	return place{prefix: provider, owners: []string{provider}}
}
