// Package simulate measures what strategies are good for. It plays a proxy, its clients and its upstreams in virtual time: a
// second lasts as long as it takes to compute, and the same seed gives the same numbers. What decides is not simulated: each
// worker of the proxy has a real routing.Router, which is driven as the module drives it.
//
//	World (servers, kinds of requests) + Setup (strategy) + seed → Run → Measure
//	Case (a strategy, its world, what must be better) → Compare → Comparison → Report
package simulate
