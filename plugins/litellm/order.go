package litellm

// lastOrder is the largest order a deployment can state.
const lastOrder = 1_000_000

// orders puts a deployment that states no order behind those of its group that do, as LiteLLM does. Where none states
// one, all keep 0.
func (c *compiler) orders(entries []*entry) {
	ordered := map[string]bool{}
	for _, e := range entries {
		ordered[e.group] = ordered[e.group] || e.ordered
	}
	for _, e := range entries {
		if ordered[e.group] && !e.ordered {
			e.d.Order = lastOrder + 1
		}
	}
}
