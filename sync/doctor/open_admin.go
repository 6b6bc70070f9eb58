package doctor

// openAdmin: Envoy's admin listener has no password, and can stop it.
var openAdmin = Check{
	ID: "open-admin", Severity: Warning,
	Says:  "Envoy's admin listener, which has no password, listens for other machines.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if h := host(p.Admin); h != "" && !loopback(h) {
				x.find(p.Origin+" admin.address", "set it to 127.0.0.1", "everyone who reaches %s can read the configuration and stop Envoy", h)
			}
		}
	},
}
