package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// policyErrors are the errors LiteLLM's policies name, and the classes of outcome they are here. Three of them are one
// class; of what is said of them the smaller number of failures and the larger number of retries holds.
var policyErrors = []struct {
	name  string
	class abi.Class
}{
	{"BadRequestError", abi.ClassClientError},
	{"ContentPolicyViolationError", abi.ClassContent},
	{"AuthenticationError", abi.ClassAuth},
	{"NotFoundError", abi.ClassNotFound},
	{"RateLimitError", abi.ClassRateLimited},
	{"InternalServerError", abi.ClassServerError},
	{"ServiceUnavailableError", abi.ClassServerError},
	{"BadGatewayError", abi.ClassServerError},
	{"TimeoutError", abi.ClassTimeout},
}

const (
	failsSuffix   = "AllowedFails"
	retriesSuffix = "Retries"
)

// policyKeysOf are the keys of a policy: the errors with its suffix.
func policyKeysOf(suffix string) []Key {
	var names []string
	for _, e := range policyErrors {
		names = append(names, e.name+suffix)
	}
	return applied(strings.Join(names, " "))
}

// allowedFailsPolicy reads how many failures of a kind leave a deployment in use. They count for themselves alone.
func (c *compiler) allowedFailsPolicy(n *node) []change {
	c.keys(c.mapping(n), allowedFailsKeys)
	var changes []change
	for _, p := range c.policy(n, failsSuffix, c.allowedFails, func(a, b int) int { return min(a, b) }) {
		changes = append(changes, func(b *circuit) { b.ThresholdByClass = withCount(b.ThresholdByClass, p) })
	}
	return changes
}

// retryPolicy reads how many retries follow an error of a kind.
func (c *compiler) retryPolicy(n *node) []abi.ClassCount {
	c.keys(c.mapping(n), retryPolicyKeys)
	return c.policy(n, retriesSuffix, c.retryCount, func(a, b int) int { return max(a, b) })
}

// policy reads a policy into numbers by class, in the order of the table.
func (c *compiler) policy(n *node, suffix string, read func(*node) (int, bool), merge func(a, b int) int) []abi.ClassCount {
	var list []abi.ClassCount
	for _, e := range policyErrors {
		count, ok := read(n.get(e.name + suffix))
		if !ok {
			continue
		}
		i := slices.IndexFunc(list, func(p abi.ClassCount) bool { return p.Class == e.class })
		if i < 0 {
			list = append(list, abi.ClassCount{Class: e.class, Count: count})
		} else {
			list[i].Count = merge(list[i].Count, count)
		}
	}
	return list
}

// withCount returns a list with one class's number replaced or added; the list itself stays, others share it.
func withCount(list []abi.ClassCount, p abi.ClassCount) []abi.ClassCount {
	list = slices.DeleteFunc(slices.Clone(list), func(old abi.ClassCount) bool { return old.Class == p.Class })
	return append(list, p)
}

// retryCount reads a number of retries.
func (c *compiler) retryCount(n *node) (int, bool) {
	return c.whole(n, 0, abi.MaxRetries, "a number of retries")
}
