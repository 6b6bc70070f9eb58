package litellm

import (
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// breakerFields are what the environment can say of breakers: ROUTEIQ_CB_ and the name for all, and ROUTEIQ_CB_GROUP_ and
// the name for one group.
var breakerFields = []struct {
	name    string
	seconds bool // else a count
	max     int
	to      func(*circuit) *int
}{
	{"FAILURE_THRESHOLD", false, abi.MaxFailureThreshold, func(b *circuit) *int { return &b.FailureThreshold }},
	{"SUCCESS_THRESHOLD", false, maxProbes, func(b *circuit) *int { return &b.SuccessThreshold }},
	{"TIMEOUT_SECONDS", true, maxBreakerSeconds, func(b *circuit) *int { return &b.OpenMS }},
	{"WINDOW_SECONDS", true, maxBreakerSeconds, func(b *circuit) *int { return &b.WindowMS }},
}

const (
	breakerPrefix = "ROUTEIQ_CB_"
	breakerSwitch = "ROUTEIQ_PROVIDER_CB_ENABLED"
)

// breakerEnvironment reads what the environment says of all breakers, and of those of single groups, by their names. A
// variable's name can only be looked up, so those of the groups there are are.
func (c *compiler) breakerEnvironment(groups []abi.ModelGroup) (all []change, named map[string][]change) {
	all = c.breakerVariables(breakerPrefix)
	if on, ok := c.variableBoolean(breakerSwitch); ok {
		all = append(all, func(b *circuit) { b.Enabled = on })
	}
	named = map[string][]change{}
	owner := map[string]string{}
	for _, g := range groups {
		prefix := breakerPrefix + variableName(g.Name) + "_"
		if first, taken := owner[prefix]; taken {
			for _, f := range breakerFields {
				if _, _, set := c.lookup(prefix + f.name); set {
					c.refuse(Problem{Path: prefix + f.name, Message: "is of " + quote(first) + " and of " + quote(g.Name) +
						": write breaker.groups in the file, which tells them apart"})
				}
			}
			continue
		}
		owner[prefix] = g.Name
		named[g.Name] = c.breakerVariables(prefix)
	}
	return all, named
}

func (c *compiler) breakerVariables(prefix string) []change {
	var changes []change
	for _, f := range breakerFields {
		read := c.variableWhole
		low := 1.0
		if f.seconds {
			read, low = c.variableDuration, 0.001
		}
		if v, ok := read(prefix+f.name, low, float64(f.max)); ok {
			changes = append(changes, func(b *circuit) { *f.to(b) = v })
		}
	}
	return changes
}

// variableName is a name as it stands in a variable's: in upper case, every other character than A-Z and 0-9 as '_'.
func variableName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}
