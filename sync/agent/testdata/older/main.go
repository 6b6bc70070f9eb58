// Command older is the module of a release that does not have the strategy round-robin yet. All else is the module's own.
package main

import (
	"maps"

	"github.com/routeiq/routeiq/plugins/shell"
	"github.com/routeiq/routeiq/plugins/strategy"
)

func init() {
	strategies := maps.Clone(strategy.Registry())
	delete(strategies, "round-robin")
	shell.Register(strategies)
}

func main() {}
