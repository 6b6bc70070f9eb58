package doctor

import (
	"slices"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

	"github.com/routeiq/routeiq/abi"
)

// retryHeader: by that header of an answer the module asks for the next attempt.
var retryHeader = Check{
	ID: "retry-header", Severity: Error,
	Says:  "A route's retriable_headers lack x-routeiq-retry: the module cannot ask for the next attempt.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		retrying(x, func(where string, retry *routev3.RetryPolicy) {
			if !slices.ContainsFunc(retry.RetriableHeaders, func(h *routev3.HeaderMatcher) bool {
				return strings.EqualFold(h.Name, abi.HeaderRetry) && !h.InvertMatch
			}) {
				x.find(where, "add {name: "+abi.HeaderRetry+", present_match: true} to retriable_headers", "an answer that the module rejects reaches the client: retriable_headers lack %s", abi.HeaderRetry)
			}
		})
	},
}
