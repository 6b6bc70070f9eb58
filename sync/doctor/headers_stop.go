package doctor

// headersStop: holding the headers would hold the body's callbacks too, and the module waits for the body.
var headersStop = Check{
	ID: "headers-stop", Severity: Error,
	Says:  "A plugin lacks allow_on_headers_stop_iteration: requests with a body hang.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.plugins(func(_ *Proxy, pl *Plugin) {
			if !pl.AllowOnHeadersStopIteration.GetValue() {
				x.find(pl.Where, "set allow_on_headers_stop_iteration: true in the plugin's config", "the %s plugin cannot hold headers: requests with a body hang until the client gives up", pl.Role)
			}
		})
	},
}
