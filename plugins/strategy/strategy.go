// Package strategy holds the routing strategies, one file each. A strategy registers itself in its own file under the
// name a configuration uses; its doc comment is its documentation.
package strategy

import "github.com/routeiq/routeiq/plugins/routing"

var registry = routing.Registry{}

// register adds a strategy; it is called from the strategy's own file.
func register(k *routing.Kind) struct{} {
	if registry[k.Name] != nil {
		panic("strategy " + k.Name + " is registered twice")
	}
	registry[k.Name] = k
	return struct{}{}
}

// Registry returns every strategy by name. It must not be changed.
func Registry() routing.Registry { return registry }
