package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/price"
)

// shipped finds the shipped table's row for a deployment: by its model, or by base_model, for an Azure deployment is called what
// its owner likes.
func (c *compiler) shipped(e *entry) (m price.Model) {
	name := e.d.Model
	if base, ok := c.text(e.info.get("base_model")); ok && base != "" {
		name = strings.TrimPrefix(base, e.d.Provider+"/")
	}
	if !strings.Contains(name, "*") {
		m, _ = price.Find(e.d.Provider, name)
	}
	return m
}

// price finds what a deployment's tokens cost: as its configuration states, litellm_params over model_info, else as the shipped
// table says. Where one of the two prices is known and the other is not, the deployment has none: half a price is a wrong one.
func (c *compiler) price(e *entry, table price.Price) {
	rate := func(key string) (r price.Rate) {
		for _, from := range []*node{e.params, e.info} { // litellm_params wins; the type of both is checked
			if v, ok := c.number(from.get(key), 0, 1e6, "US dollars, 0 or more"); ok {
				r = r.Or(price.USD(v))
			}
		}
		return r
	}
	stated := price.Price{
		Input: rate("input_cost_per_token"), Output: rate("output_cost_per_token"),
		CachedInput: rate("cache_read_input_token_cost"), Reasoning: rate("output_cost_per_reasoning_token"),
	}
	input, ok := stated.Input.Or(table.Input).PerToken()
	output, also := stated.Output.Or(table.Output).PerToken()
	if !ok || !also {
		return
	}
	p := &abi.Price{Input: input, Output: output}
	if _, own := stated.Input.PerToken(); !own { // a cached token of the table costs a part of the table's price, not of another
		stated.CachedInput = stated.CachedInput.Or(table.CachedInput)
	}
	if _, own := stated.Output.PerToken(); !own {
		stated.Reasoning = stated.Reasoning.Or(table.Reasoning)
	}
	p.CachedInput, _ = stated.CachedInput.PerToken()
	p.Reasoning, _ = stated.Reasoning.PerToken()
	e.d.Price = p
}

// tableSlack is by how much an estimated input may be above the table's window: the estimate may be that much too high, and
// nobody stated the window here.
const tableSlack = 1.25

// shippedLimits takes the table's window and what it says a model cannot do, where the configuration says nothing.
func (c *compiler) shippedLimits(e *entry, m price.Model) {
	d := &e.d
	if d.MaxInputTokens == 0 {
		d.MaxInputTokens = int(float64(m.MaxInput) * tableSlack)
	}
	for _, s := range []struct {
		need   string
		answer price.Answer
	}{
		{abi.NeedTools, m.Tools}, {abi.NeedVision, m.Vision}, {abi.NeedJSONSchema, m.Schema}, {abi.NeedStreaming, m.Streaming},
	} {
		if s.answer == price.No && e.info.get(supportsKey[s.need]) == nil && !slices.Contains(d.Lacks, s.need) {
			d.Lacks = append(d.Lacks, s.need)
		}
	}
}

// supportsKey is the key of model_info that states a capability.
var supportsKey = map[string]string{
	abi.NeedTools: "supports_function_calling", abi.NeedVision: "supports_vision",
	abi.NeedJSONSchema: "supports_response_schema", abi.NeedStreaming: "supports_native_streaming",
}
