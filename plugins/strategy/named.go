package strategy

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// named tells whether a name that stands in an argument means a deployment: its id, its upstream model, or the two words
// provider/model. The whole name must agree: the replaced system looked for parts, so that "gpt-4" also meant gpt-4o-mini.
func named(name string, d *abi.Deployment) bool {
	if name == "" {
		return false
	}
	if name == d.ID || name == d.Model {
		return true
	}
	rest, ok := strings.CutPrefix(name, d.Provider)
	return ok && d.Provider != "" && len(rest) == len(d.Model)+1 && rest[0] == '/' && rest[1:] == d.Model
}

// namedBy tells whether one of several names means a deployment.
func namedBy(names []string, d *abi.Deployment) bool {
	return slices.ContainsFunc(names, func(name string) bool { return named(name, d) })
}
