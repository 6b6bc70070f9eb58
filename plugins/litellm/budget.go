package litellm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// tags reads how the tags of requests and deployments go together.
func (c *compiler) tags(root *node) (t abi.Tags) {
	router := root.get("router_settings")
	t.Enabled, _ = c.boolean(router.get("enable_tag_filtering"))
	if one, ok := c.boolean(router.get("tag_filtering_match_any")); ok {
		t.All = !one
	}
	return t
}

// budgets reads provider_budget_config: what may be spent at each provider, and in which time.
func (c *compiler) budgets(root *node, entries []*entry) []abi.Budget {
	block := c.mapping(root.get("router_settings").get("provider_budget_config"))
	if block == nil {
		return nil
	}
	var budgets []abi.Budget
	for _, m := range block.keys {
		own := c.mapping(m.value)
		c.keys(own, budgetKeys)
		usd, limited := c.number(first(own.get("budget_limit"), own.get("max_budget")), 0, 1e12, "US dollars, 0 or more")
		ms, timed := c.period(first(own.get("time_period"), own.get("budget_duration")))
		used := slices.ContainsFunc(entries, func(e *entry) bool { return e.d.Provider == m.name })
		switch {
		case own == nil:
		case !used:
			c.warnAt(m.value, "not applied: no deployment is of the provider "+quote(m.name))
		case limited && usd > 0 && timed:
			budgets = append(budgets, abi.Budget{Provider: m.name, USD: usd, PeriodMS: ms})
			c.unpriced(m, entries)
		case len(c.problems) == 0:
			c.warnAt(m.value, "not applied: expected budget_limit above 0 and time_period, such as {budget_limit: 100, time_period: 7d}")
		}
	}
	return budgets
}

// unpriced warns of deployments of a provider with a budget whose price is not known.
func (c *compiler) unpriced(m member, entries []*entry) {
	for _, e := range entries {
		if e.d.Provider == m.name && e.d.Price == nil {
			c.noteAt(e.at, "unpriced "+m.name, "the price is not known: what is spent there does not count for the budget of "+m.name+"; state input_cost_per_token and output_cost_per_token")
		}
	}
}

// period reads a time such as 30s, 10m, 1h, 7d, 2w or 1mo, which is 30 days here.
func (c *compiler) period(n *node) (ms int64, ok bool) {
	text, ok := c.scalar(n, "a time such as 1d")
	if !ok {
		return 0, false
	}
	units := []struct {
		suffix  string
		seconds int64
	}{{"mo", 30 * 86_400}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86_400}, {"w", 7 * 86_400}}
	for _, u := range units {
		if head, has := strings.CutSuffix(text, u.suffix); has {
			if v, err := strconv.Atoi(head); err == nil && v > 0 && v <= 10_000 {
				return int64(v) * u.seconds * 1000, true
			}
		}
	}
	c.refuseAt(n, n.shown()+", expected a time such as 30s, 10m, 1h, 7d, 2w or 1mo")
	return 0, false
}
