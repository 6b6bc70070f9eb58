package doctor

import wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"

// failurePolicy: what becomes of requests after a VM was lost.
var failurePolicy = Check{
	ID: "failure-policy", Severity: Error,
	Says:  "A plugin's failure_policy is not FAIL_RELOAD: after a VM was lost every request fails, or passes unchecked.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.plugins(func(_ *Proxy, pl *Plugin) {
			const do = "set failure_policy: FAIL_RELOAD"
			//lint:ignore SA1019 files that people wrote have it
			open := pl.FailOpen || pl.FailurePolicy == wasmv3.FailurePolicy_FAIL_OPEN
			switch {
			case open:
				x.find(pl.Where, do, "the %s plugin fails open: after its VM was lost, requests pass without a check of their key", pl.Role)
			case pl.FailurePolicy != wasmv3.FailurePolicy_FAIL_RELOAD:
				x.findAs(Warning, pl.Where, do, "the %s plugin stays failed after its VM was lost: every request is answered 503 until Envoy starts again", pl.Role)
			}
		})
	},
}
