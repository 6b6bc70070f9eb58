package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// moduleHash: what runs must be what was released.
var moduleHash = Check{
	ID: "module-hash", Severity: Error,
	Says:  "The module that Envoy's configuration names is not the one given: their SHA-256 differ.",
	Needs: []Part{PartProxy, PartModule},
	look: func(x *examination) {
		seen := map[string]bool{}
		x.plugins(func(p *Proxy, pl *Plugin) {
			code, want := pl.GetVmConfig().GetCode(), x.subject.Module
			if remote := code.GetRemote(); remote != nil {
				if !strings.EqualFold(remote.Sha256, want.SHA256) {
					x.find(pl.Where, "set sha256 to that of the module, and serve that module", "it names the module with sha256 %q; %s has %s", remote.Sha256, want.Origin, want.SHA256)
				}
				return
			}
			name := code.GetLocal().GetFilename()
			if name == "" || seen[name] {
				return // nothing to compare with; or it was compared
			}
			seen[name] = true
			content, err := x.subject.Read(name)
			if err != nil {
				x.skip(name, "it cannot be read here; run this where Envoy runs")
				return
			}
			sum := sha256.Sum256(content)
			if got := hex.EncodeToString(sum[:]); got != want.SHA256 {
				x.find(name, "put the given module there and start Envoy again, or render for the one that is there",
					"the module Envoy reads has sha256 %s; %s has %s", got, want.Origin, want.SHA256)
			}
		})
	},
}
