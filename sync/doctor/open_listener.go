package doctor

// openListener: whoever reaches it spends the owner's money.
var openListener = Check{
	ID: "open-listener", Severity: Warning,
	Says:  "A listener serves other machines without asking for a client key.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(_ *Proxy, m *Manager, r *Plugin) {
			if r.Config == nil || len(r.Config.ClientKeys) > 0 {
				return
			}
			for _, a := range m.Addresses {
				if h := host(a); h != "" && !loopback(h) {
					x.find(m.Where, "set general_settings.master_key, or listen on 127.0.0.1", "everyone who reaches %s is served, with the owner's provider keys: the document has no client key", h)
				}
			}
		})
	},
}
