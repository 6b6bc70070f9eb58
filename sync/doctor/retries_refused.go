package doctor

import (
	"maps"
	"slices"
	"strings"
)

// retriesRefused: it has happened already.
var retriesRefused = Check{
	ID: "retries-refused", Severity: Warning,
	Says:  "Envoy's circuit breakers have refused retries since it started.",
	Needs: []Part{PartLive},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if p.Live == nil {
				continue
			}
			var refused []string
			var n uint64
			for _, name := range slices.Sorted(maps.Keys(p.Live.Stats)) {
				if c, ok := strings.CutSuffix(name, ".upstream_rq_retry_overflow"); ok && p.Live.Stats[name] > 0 {
					refused = append(refused, strings.TrimPrefix(c, "cluster."))
					n += p.Live.Stats[name]
				}
			}
			if n > 0 {
				x.find(some(refused), "see retry-thresholds", "%d retries were refused: so many failed attempts were not followed by the next", n)
			}
		}
	},
}
