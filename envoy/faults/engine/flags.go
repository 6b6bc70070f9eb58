package engine

import (
	"flag"
	"os"
)

// Flags adds the flags that say where the programs are; their defaults are where `make build` and `make venv` put them.
func (t *Tools) Flags(f *flag.FlagSet) {
	f.StringVar(&t.Host, "host", "build/routeiq-host", "the host to run")
	f.StringVar(&t.Agent, "agent", "build/routeiq-agent", "the agent that renders Envoy's file")
	f.StringVar(&t.Envoy, "envoy", env("ROUTEIQ_ENVOY", ".venv/bin/envoy"), "the Envoy to run")
	f.StringVar(&t.Module, "wasm", env("ROUTEIQ_WASM", "build/routeiq.wasm"), "the module, for Envoy and for the host")
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
