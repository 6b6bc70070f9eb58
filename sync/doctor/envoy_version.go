package doctor

import (
	"strconv"
	"strings"
)

// The versions of Envoy that matter (docs/abi.md): holding headers without holding the body came with the first, choosing
// another cluster for a retry with the second.
const (
	minorOfHolding  = 35
	minorOfFailover = 39
)

// envoyVersion: an older Envoy accepts much of the configuration and does less.
var envoyVersion = Check{
	ID: "envoy-version", Severity: Error,
	Says:  "Envoy is older than 1.39: there is no failover (1.35 to 1.38), or requests with a body hang (before).",
	Needs: []Part{PartLive},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			if p.Live == nil {
				continue
			}
			const do = "run Envoy 1.39 or later"
			major, minor, ok := version(p.Live.Version)
			switch {
			case !ok:
				x.findAs(Warning, p.Origin, do, "Envoy says it is %q, which is no version", p.Live.Version)
			case major < 1 || major == 1 && minor < minorOfHolding:
				x.find(p.Origin, do, "Envoy %s cannot hold a request's headers while its body comes: requests with a body hang", p.Live.Version)
			case major == 1 && minor < minorOfFailover:
				x.find(p.Origin, do, "Envoy %s cannot send a retry to another cluster: only the first choice of every decision is tried", p.Live.Version)
			}
		}
	},
}

// version reads MAJOR.MINOR.PATCH, with or without "-dev" behind it.
func version(text string) (major, minor int, ok bool) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}
