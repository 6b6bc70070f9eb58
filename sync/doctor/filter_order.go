package doctor

import (
	codecv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/upstream_codec/v3"

	"github.com/routeiq/routeiq/abi"
)

// filterOrder: the adapter names the credential, the credential filters read that name, the clean-up takes it off.
var filterOrder = Check{
	ID: "filter-order", Severity: Error,
	Says:  "The filters of attempts stand in the wrong order: expected adapter, credentials, clean-up, codec.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, m *Manager, _ *Plugin) {
			for _, list := range attemptsOf(p, m) {
				stage := 0
				for _, f := range list {
					is := stageOf(f)
					if is == 0 {
						continue // a filter of someone else's
					}
					if is < stage {
						x.find(f.Where, "put them in the order adapter, credentials, clean-up of headers, envoy.filters.http.upstream_codec", "the filter comes too late among those of attempts")
					}
					stage = max(stage, is)
				}
			}
		})
	},
}

// stageOf tells which place a filter has among those of an attempt, from 1; 0: any.
func stageOf(f *Filter) int {
	switch {
	case f.Plugin != nil && f.Plugin.Role == abi.RoleAdapter:
		return 1
	case credentialMap(f) != nil:
		return 2
	case len(removed(f)) > 0:
		return 3
	}
	if _, ok := f.Config.(*codecv3.UpstreamCodec); ok {
		return 4
	}
	return 0
}
