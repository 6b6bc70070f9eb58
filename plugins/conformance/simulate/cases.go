package simulate

import "github.com/routeiq/routeiq/plugins/routing"

// Worlds are all of them, in the report's order.
var Worlds = []*World{
	replicas, engines, tokenQuotas, requestQuotas, weights, equals,
	speeds, prices, unknown, talks, growing,
	models, trades, programs, ladder,
}

// Cases are the strategies, each in its world, and what must hold there. A strategy that is registered and not here fails a
// test; one that is here and not registered is not asked.
var Cases = []*Case{
	by("least-busy").in(replicas).better(P95MS).shows("long answers do not meet at one server"),
	by("llmrouter-least-busy").in(replicas).better(P95MS).shows("the same under its other name"),
	by("llmrouter-kv-cache-aware").in(engines).better(P95MS).shows("memory counts, not the number of requests"),
	by("llmrouter-kv-cache-aware").than("least-busy").in(engines).better(P95MS).shows("and that is more than to be least busy"),
	by("usage-based-routing").in(tokenQuotas).better(Failures).kept(Errors).shows("quotas of tokens are used up evenly"),
	by("usage-based-routing-v2").in(tokenQuotas).better(Failures).kept(Errors).shows("the same under its other name"),
	by("llmrouter-usage-based").in(requestQuotas).better(Failures).kept(Errors).shows("quotas of requests are used up evenly"),
	by("random").in(weights).better(Uneven).shows("weights do not count"),
	by("round-robin").in(equals).better(Uneven).shows("in turn, over both workers"),
	by("latency-based-routing").in(speeds).better(P95MS).shows("the fastest is found, and left when it slows down"),
	by("latency-based-routing").args("{ttl: 60}").than("latency-based-routing").in(speeds).better(P95MS).
		shows("what is known for an hour keeps it from one that is fast again"),
	by("latency-based-routing").in(replicas).worse(P95MS).shows("a warning: who was fastest gets more than it can do"),
	by("llmrouter-latency-sla").in(speeds).better(P95MS).shows("who breaks the promise gets next to nothing"),
	by("cost-based-routing").in(prices).better(USD).shows("input and usual output are reckoned for each request"),
	by("llmrouter-cost-aware").in(prices).better(USD).shows("with equal quality, the cheapest is taken"),
	by("llmrouter-linucb").in(unknown).better(USD, Failures, P95MS).shows("it finds what is worth its price, and leaves what fails"),
	by("llmrouter-thompson").in(unknown).better(USD, Failures, P95MS).shows("it finds what is worth its price, and leaves what fails"),
	by("llmrouter-thompson").than("cost-based-routing").in(unknown).better(Failures).worse(USD).shows("what fails is not cheap"),
	by("llmrouter-linucb").than("llmrouter-thompson").in(prices).better(USD).shows("it learns what is cheap for which length of input"),
	by("simple-shuffle").affinity("stick").in(talks).better(USD, P95MS).shows("a conversation finds its prompt in the cache"),
	by("cost-based-routing").affinity("price").than("cost-based-routing").in(growing).better(USD, P95MS).
		shows("what its cache saves keeps a conversation where it is"),
	by("routing-profile").in(models).better(USD, Quality).shows("easy requests go to the cheap model, hard ones to the strong"),
	by("llmrouter-smallest").in(models).better(USD).shows("the floor of cost"),
	by("llmrouter-largest").in(models).better(Quality).shows("the ceiling of quality"),
	by("llmrouter-semantic-intent").
		args("{intent_model_groups: {coder: [refactor function], linguist: [translate german]}, similarity_threshold: 0.4}").
		in(trades).better(Quality).kept(USD).shows("each trade goes to its model by two words"),
	by("llmrouter-tag-regex-ua").args("{tag_model_groups: {batch: [cheap]}, user_agent_model_groups: {editor: [strong]}}").
		in(programs).better(USD, Quality).shows("each program gets the model it needs"),
	by("llmrouter-cost-cascade").in(ladder).better(USD, Quality).shows("most requests end on the cheapest rung"),
}

// Asked are the cases whose strategies are registered.
func Asked(registry routing.Registry) (asked []*Case) {
	for _, c := range Cases {
		if registry[c.Strategy] != nil && registry[c.against().Strategy] != nil {
			asked = append(asked, c)
		}
	}
	return asked
}

// The words that cases are written in.

func by(strategy string) *Case                 { return &Case{Setup: Setup{Strategy: strategy}} }
func (c *Case) args(yaml string) *Case         { c.Args = yaml; return c }
func (c *Case) affinity(mode string) *Case     { c.Affinity = mode; return c }
func (c *Case) than(strategy string) *Case     { c.Against.Strategy = strategy; return c }
func (c *Case) in(w *World) *Case              { c.World = w; return c }
func (c *Case) better(metrics ...Metric) *Case { c.Better = metrics; return c }
func (c *Case) kept(metrics ...Metric) *Case   { c.Kept = metrics; return c }
func (c *Case) worse(metrics ...Metric) *Case  { c.Worse = metrics; return c }
func (c *Case) shows(text string) *Case        { c.Shows = text; return c }
