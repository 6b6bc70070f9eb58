package doctor

// noPlugin: there is no filter of ours in any listener.
var noPlugin = Check{
	ID: "no-plugin", Severity: Error,
	Says:  "No listener has a filter of RouteIQ.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if len(p.Managers) == 0 {
				x.find(p.Origin, "use what `routeiq-agent render` prints, or look whether the listener came by LDS and the filter by ECDS",
					"no listener has a wasm filter with vm_id %q, the module routeiq.wasm or one of its roles", vmID)
			}
		}
	},
}
