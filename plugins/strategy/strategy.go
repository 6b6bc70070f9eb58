// Package strategy holds the routing strategies, one file each. A strategy registers itself in its own file under the
// name a configuration uses; its doc comment is its documentation.
package strategy

import "github.com/routeiq/routeiq/plugins/routing"

var registry = map[string]routing.Strategy{}

// register adds a strategy under its name; it is called from the strategy's own file.
func register(name string, s routing.Strategy) struct{} {
	if registry[name] != nil {
		panic("strategy " + name + " is registered twice")
	}
	registry[name] = s
	return struct{}{}
}

// Registry returns every strategy by name. It must not be changed.
func Registry() map[string]routing.Strategy { return registry }
