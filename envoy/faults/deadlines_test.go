package faults

import (
	"fmt"
	"strings"
)

// deadline is one row of the table of deadlines. Where it says how exact one is, a row of the matrix has measured it.
type deadline struct{ keys, bounds, then, host, envoy string }

var deadlineTable = []deadline{
	{
		"`timeout` (and `request_timeout`); of a request: `timeout` in its body, `x-litellm-timeout`",
		"the whole request, all attempts and the answer: what the first attempt's deployment states, or less if the client asks for less",
		"`504`, no other attempt; in the middle of a stream its end: see the tables above",
		"exact: a timer of the request",
		"exact: the module's header `x-envoy-upstream-rq-timeout-ms`; the route's own timeout is off",
	},
	{
		"`stream_timeout`; of a request: `stream_timeout` in its body, `x-litellm-stream-timeout`",
		"of an attempt, until the first event that says something; only of requests for a stream",
		"the next attempt; `504` when there is none",
		"exact for each attempt; one value for all attempts of a request, rounded up to the longest that they state; none where one of them states none",
		"the same: the module holds the answer's headers, and its header `x-envoy-upstream-rq-per-try-timeout-ms` holds for all attempts, as Envoy takes one number a request",
	},
	{
		"`stall_timeout`",
		"the silence between two pieces of an answer, once it is on its way to the client",
		"the answer's end: see the tables above",
		"rounded up by as much as 100 ms: the module's clock ticks ten times a second where a stall is bounded, and not at all where none is",
		"the same",
	},
	{
		"`connect_timeout`",
		"of an attempt, until there is a connection; 5 s where nothing is said",
		"the next attempt; `503` when there is none",
		"exact, and the same time once more for TLS",
		"exact, TLS included: the cluster's; deployments of one address that state different times have clusters of their own",
	},
	{
		"none",
		"an attempt on which nothing moves, where none of the above ends it: at least 10 minutes where a deployment states no `timeout`",
		"the next attempt",
		"rounded up to one value for all requests: the longest `timeout` that a deployment states, and a margin",
		"the same: the route's `per_try_idle_timeout`",
	},
	{
		"`retry_after`",
		"the pause before a deployment that was tried is tried again",
		"the attempt is made",
		"rounded up to whole seconds",
		"rounded up to whole seconds, and Envoy adds up to half of that by chance (`rate_limited_retry_back_off`)",
	},
}

func deadlines(b *strings.Builder) {
	b.WriteString("## Deadlines: which are exact, and which are rounded\n\nIn seconds; keys of `litellm_params`, or of `router_settings` for all.\n\n" +
		"| key | what it bounds | then | host | Envoy |\n|---|---|---|---|---|\n")
	for _, d := range deadlineTable {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", d.keys, d.bounds, d.then, d.host, d.envoy)
	}
	b.WriteString("\n")
}
