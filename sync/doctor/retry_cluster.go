package doctor

import routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"

// retryCluster: without it an attempt goes where the one before went.
var retryCluster = Check{
	ID: "retry-cluster", Severity: Error,
	Says:  "A route's retry policy lacks refresh_cluster_on_retry: every attempt goes to the first cluster.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		retrying(x, func(where string, retry *routev3.RetryPolicy) {
			if !retry.RefreshClusterOnRetry {
				x.find(where, "set refresh_cluster_on_retry: true (Envoy 1.39 and later)", "a retry goes to the cluster that failed, with the key of another deployment at the next")
			}
		})
	},
}
