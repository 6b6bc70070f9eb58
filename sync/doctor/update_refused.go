package doctor

import (
	"maps"
	"slices"
	"strings"
)

// rejected ends the name of the counter that each subscription of Envoy has.
const rejected = ".update_rejected"

// updateRefused: Envoy keeps the last resource it took. Of listeners it says what it refused last; of the rest it only counts.
var updateRefused = Check{
	ID: "update-refused", Severity: Error,
	Says:  "Envoy refused the last update of a listener and runs the one before, or has refused updates since it started.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			for _, r := range p.Refused {
				x.find(r.Where, "correct what it names; the agent's /config/status says whether it was rolled back", "Envoy refused an update: %s", cut(r.Details, 300))
			}
			if p.Live == nil || len(p.Refused) > 0 {
				continue
			}
			var subscriptions []string
			for _, name := range slices.Sorted(maps.Keys(p.Live.Stats)) {
				if s, ok := strings.CutSuffix(name, rejected); ok && p.Live.Stats[name] > 0 {
					subscriptions = append(subscriptions, s)
				}
			}
			if len(subscriptions) > 0 {
				x.findAs(Warning, some(subscriptions), "read Envoy's log and the agent's /config/status for the reason; the count stays until Envoy starts again, also when a later update was taken",
					"Envoy has refused updates since it started")
			}
		}
	},
}
