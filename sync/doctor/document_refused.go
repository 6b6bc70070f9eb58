package doctor

import "github.com/routeiq/routeiq/abi"

// documentRefused: this build's parser is the module's own.
var documentRefused = Check{
	ID: "document-refused", Severity: Error,
	Says:  "A plugin's document is of another version than this build's, or this build's module would refuse it.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.plugins(func(_ *Proxy, pl *Plugin) {
			switch {
			case pl.Version != 0 && pl.Version != abi.ConfigVersion:
				x.find(pl.Where, "use an agent and a module of one release; render again with this one",
					"the document of the %s plugin has version %d, this build reads version %d", pl.Role, pl.Version, abi.ConfigVersion)
			case pl.Err != nil:
				x.find(pl.Where, "render again, or correct what it names", "the module would refuse the document of the %s plugin: %v", pl.Role, pl.Err)
			}
		})
	},
}
