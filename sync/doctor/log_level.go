package doctor

import (
	"maps"
	"slices"
)

// logLevel: at debug and below Envoy logs the headers of every request, keys among them.
var logLevel = Check{
	ID: "log-level", Severity: Warning,
	Says:  "Envoy logs at debug or trace: headers, keys among them, stand in its log; or it logs nothing of the module.",
	Needs: []Part{PartLive},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if p.Live == nil {
				continue
			}
			var loud []string
			for _, name := range slices.Sorted(maps.Keys(p.Live.LogLevels)) {
				if l := p.Live.LogLevels[name]; l == "debug" || l == "trace" {
					loud = append(loud, name)
				}
			}
			if len(loud) > 0 {
				x.find(p.Origin, "POST /logging?level=info to the admin listener, and start Envoy with --log-level info; keep the log secret", "loggers write headers, keys among them, into the log: %s", some(loud))
			}
			if l := p.Live.LogLevels["wasm"]; l == "critical" || l == "off" {
				x.findAs(Info, p.Origin, "POST /logging?wasm=warning to the admin listener", "what the module says is not logged: the level of the logger wasm is %s", l)
			}
		}
	},
}
