package doctor

import "slices"

// keyUnset: Envoy does not start without a variable that a secret names; the agent leaves its deployment out.
var keyUnset = Check{
	ID: "key-unset", Severity: Warning,
	Says: "A variable that holds a key is not set here.",
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			var unset []string
			for _, s := range p.Secrets {
				if s.Env == "" || s.Env == redacted {
					continue // no variable; or Envoy hides its name, and it is set there or Envoy had not started
				}
				if v, ok := x.subject.Getenv(s.Env); !ok || v == "" {
					unset = append(unset, s.Env)
				}
			}
			slices.Sort(unset)
			if unset = slices.Compact(unset); len(unset) > 0 {
				x.find(p.Origin, "set them where Envoy runs, or run this there", "Envoy does not start without variables that are not set here: %s", some(unset))
			}
		}
		if s := x.subject.Source; s != nil {
			var unset []string
			for _, names := range s.Unset {
				unset = append(unset, names...)
			}
			slices.Sort(unset)
			if unset = slices.Compact(unset); len(unset) > 0 {
				x.find(s.Origin, "set them where the agent or the host runs", "deployments are never chosen while variables are not set: %s", some(unset))
			}
		}
	},
}
