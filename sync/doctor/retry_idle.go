package doctor

import routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

// retryIdle: an upstream that accepts and never answers.
var retryIdle = Check{
	ID: "retry-idle", Severity: Warning,
	Says:  "A route's retry policy has no per_try_idle_timeout: an upstream that falls silent holds its request.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		retrying(x, func(where string, retry *routev3.RetryPolicy) {
			if retry.PerTryIdleTimeout.AsDuration() <= 0 {
				x.find(where, "set per_try_idle_timeout a little above the longest timeout of a deployment", "an attempt that falls silent is not followed by the next")
			}
		})
	},
}
