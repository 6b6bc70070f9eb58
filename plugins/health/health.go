// Package health writes the answers of the health paths from what a proxy knows: whether it takes requests, and how each
// of its deployments is. It asks nobody: a health check that called upstreams would cost money and could hurt them.
package health

import (
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// Input is what is known at the moment of asking.
type Input struct {
	Config    *abi.Config   // in force; nil: the proxy runs a filter that has none, so no model is known and none asked for
	Circuits  breaker.Table // every breaker that is not closed; those of deployments not in Config are passed over
	NowMS     int64         // Unix time
	RequestID string
	Drain     *Drain // nil: the proxy drains by itself and says so by itself
}

// Drain is whether the proxy is about to end, and how many requests it serves at the moment.
type Drain struct {
	Draining bool
	Active   int
}

// deployment is one deployment and how it is.
type deployment struct {
	*abi.Deployment
	group   string
	phase   breaker.Phase
	circuit *breaker.Circuit // nil while closed
}

// deployments returns all of them with what is known of each, by id.
func (in Input) deployments() []deployment {
	if in.Config == nil {
		return nil
	}
	// One search per deployment in an ordered list: with thousands of them a walk for each would take seconds.
	circuits := make([]*breaker.Circuit, len(in.Circuits))
	for i := range in.Circuits {
		circuits[i] = &in.Circuits[i]
	}
	slices.SortFunc(circuits, func(a, b *breaker.Circuit) int { return strings.Compare(a.ID, b.ID) })
	var all []deployment
	for g := range in.Config.Groups {
		group := &in.Config.Groups[g]
		for i := range group.Deployments {
			d := deployment{Deployment: &group.Deployments[i], group: group.Name, phase: breaker.Closed}
			at, found := slices.BinarySearchFunc(circuits, d.ID, func(c *breaker.Circuit, id string) int { return strings.Compare(c.ID, id) })
			if found && in.policy(d.Deployment).Enabled { // a circuit outlives the document that had its breaker on
				d.circuit, d.phase = circuits[at], circuits[at].Phase(in.NowMS)
			}
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b deployment) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func (in Input) policy(d *abi.Deployment) *abi.BreakerPolicy {
	if d.Breaker != nil {
		return d.Breaker
	}
	return &in.Config.Breaker
}

// status is the deployment's health in one word.
func (d *deployment) status() string {
	switch {
	case d.Unconfigured != "":
		return "unconfigured"
	case d.phase == breaker.Open:
		return "unhealthy"
	case d.phase == breaker.HalfOpen:
		return "degraded"
	}
	return "healthy"
}

// retryAfter is in how many seconds, rounded up, an open circuit lets requests through again; 0 when it does.
func (in Input) retryAfter(c *breaker.Circuit) int64 {
	return max(c.UntilMS-in.NowMS+999, 0) / 1000
}

// appendText appends ,"name":"value".
func appendText(dst []byte, name, value string) []byte {
	return jsontext.AppendString(appendName(dst, name), value)
}

// appendNumber appends ,"name":value.
func appendNumber(dst []byte, name string, value int64) []byte {
	return strconv.AppendInt(appendName(dst, name), value, 10)
}

// appendName appends ,"name": for a name that needs no escape.
func appendName(dst []byte, name string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}
