package doctor

import (
	"maps"
	"slices"
	"strings"
)

// moduleFailing: a VM that trapped could not be made anew.
var moduleFailing = Check{
	ID: "module-failing", Severity: Error,
	Says:  "Envoy could not make a VM anew after it was lost.",
	Needs: []Part{PartLive},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if p.Live == nil {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(p.Live.Stats)) {
				if n := p.Live.Stats[name]; n > 0 && strings.HasSuffix(name, ".vm_reload_failure") {
					x.find(p.Origin+" "+name, "read Envoy's log for the reason, and start it again", "a VM could not be made anew %d times since Envoy started", n)
				}
			}
		}
	},
}
