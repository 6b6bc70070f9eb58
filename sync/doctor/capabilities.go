package doctor

import (
	"slices"

	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"

	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// capabilities: an import that is not allowed answers an error, and a callback that is not allowed is never called.
var capabilities = Check{
	ID: "capabilities", Severity: Error,
	Says:  "A plugin's list of allowed capabilities lacks a function that the module uses, or there is no list.",
	Needs: []Part{PartProxy, PartModule},
	look: func(x *examination) {
		x.plugins(func(_ *Proxy, pl *Plugin) {
			allowed := allowedBy(pl)
			if len(allowed) == 0 {
				x.findAs(Info, pl.Where, "set capability_restriction_config as `routeiq-agent render` does", "the %s plugin may call every function of Envoy", pl.Role)
				return
			}
			var lacks []string
			for _, name := range x.subject.Module.Imports {
				if allowed[name] == nil {
					lacks = append(lacks, name)
				}
			}
			for _, name := range x.subject.Module.Exports {
				// The module exports callbacks that an HTTP filter is never called by; those of Capabilities it needs.
				if allowed[name] == nil && slices.Contains(envoyconfig.Capabilities, name) {
					lacks = append(lacks, name)
				}
			}
			if len(lacks) > 0 {
				x.find(pl.Where, "add them to allowed_capabilities", "the %s plugin may not use functions that the module needs: %s", pl.Role, some(lacks))
			}
		})
	},
}

// allowedBy returns a plugin's allow-list, from where it stands since Envoy 1.40 or from where it stood before.
func allowedBy(pl *Plugin) map[string]*wasmv3.SanitizationConfig {
	if c := pl.GetVmConfig().GetCapabilityRestrictionConfig(); c != nil {
		return c.AllowedCapabilities
	}
	//lint:ignore SA1019 Envoy 1.39 does not know the field that replaces it
	return pl.PluginConfig.GetCapabilityRestrictionConfig().GetAllowedCapabilities()
}
