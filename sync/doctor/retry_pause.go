package doctor

import (
	"slices"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"github.com/routeiq/routeiq/abi"
)

// retryPause: the module says by the same header how long to wait.
var retryPause = Check{
	ID: "retry-pause", Severity: Warning,
	Says:  "A route's rate_limited_retry_back_off does not read x-routeiq-retry: pauses the module asks for are not kept.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		retrying(x, func(where string, retry *routev3.RetryPolicy) {
			if !slices.ContainsFunc(retry.GetRateLimitedRetryBackOff().GetResetHeaders(), func(h *routev3.RetryPolicy_ResetHeader) bool {
				return strings.EqualFold(h.Name, abi.HeaderRetry) && h.Format == routev3.RetryPolicy_SECONDS
			}) {
				x.find(where, "add {name: "+abi.HeaderRetry+", format: SECONDS} to rate_limited_retry_back_off.reset_headers", "a deployment that is tried again is tried without the pause it asked for")
			}
		})
	},
}
