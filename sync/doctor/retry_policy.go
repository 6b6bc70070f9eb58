package doctor

import (
	"slices"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
)

// retryConditions are those under which the next attempt must be made, and why.
var retryConditions = []struct{ name, without string }{
	{"connect-failure", "an upstream that refuses connections is not followed by the next"},
	{"reset", "an attempt whose connection is lost is not followed by the next"},
	{"retriable-headers", "the module cannot ask for the next attempt"},
}

// judged are conditions that judge an answer by its status, which is for the module to do.
var judged = []string{"5xx", "gateway-error", "retriable-4xx", "retriable-status-codes", "envoy-ratelimited"}

// retryPolicy: Envoy makes the attempts that the module listed.
var retryPolicy = Check{
	ID: "retry-policy", Severity: Error,
	Says:  "A route does not retry on what it must (no failover), or on what only the module may judge.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		actions(x, func(where string, _ *routev3.RouteAction, retry *routev3.RetryPolicy) {
			if retry == nil {
				x.find(where, "copy the retry_policy of what `routeiq-agent render` prints", "the route has no retry_policy: there is no failover")
				return
			}
			on := strings.FieldsFunc(retry.RetryOn, func(r rune) bool { return r == ',' || r == ' ' })
			for _, c := range retryConditions {
				if !slices.Contains(on, c.name) {
					x.find(where+".retry_policy", "add "+c.name+" to retry_on", "retry_on lacks %s: %s", c.name, c.without)
				}
			}
			for _, c := range judged {
				if slices.Contains(on, c) {
					x.findAs(Warning, where+".retry_policy", "take "+c+" out of retry_on", "retry_on has %s: Envoy repeats answers that the module means to pass on", c)
				}
			}
		})
	},
}

// retrying calls look with every retry policy there is.
func retrying(x *examination, look func(where string, retry *routev3.RetryPolicy)) {
	actions(x, func(where string, _ *routev3.RouteAction, retry *routev3.RetryPolicy) {
		if retry != nil {
			look(where+".retry_policy", retry)
		}
	})
}
