package shell

import (
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/logline"
)

// meter counts for one VM; the proxy adds up what its VMs count. A metric is defined the first time it is needed; its
// labels are part of its name (abi.Metric…), and their values come from the document alone, so their number is
// bounded by it. Definitions are kept by deployment and by group: composing a name costs more than counting.
type meter struct {
	deployments map[string]*deploymentMeter
	groups      map[string]*groupMeter
}

func newMeter() *meter {
	return &meter{deployments: map[string]*deploymentMeter{}, groups: map[string]*groupMeter{}}
}

// deploymentMeter is the metrics of one deployment.
type deploymentMeter struct {
	id            string
	attempts      []classCounter
	input, output counter
	firstByte     histogram
	open          gauge
}

type classCounter struct {
	class abi.Class
	counter
}

// groupMeter is the metrics of one group.
type groupMeter struct {
	name     string
	requests []codeCounter
	duration histogram
}

type codeCounter struct {
	api    abi.API
	status int
	counter
}

func (m *meter) deployment(id string) *deploymentMeter {
	d := m.deployments[id]
	if d == nil {
		d = &deploymentMeter{id: id}
		m.deployments[id] = d
	}
	return d
}

func (m *meter) group(name string) *groupMeter {
	g := m.groups[name]
	if g == nil {
		g = &groupMeter{name: name}
		m.groups[name] = g
	}
	return g
}

// attempt counts one attempt.
func (m *meter) attempt(o *abi.Outcome) {
	d := m.deployment(o.Deployment)
	d.ended(o.Class).add(1, abi.MetricAttempts, "deployment", d.id, "class", string(o.Class))
	d.input.add(o.Usage.Input, abi.MetricTokens, "deployment", d.id, "kind", "input")
	d.output.add(o.Usage.Output, abi.MetricTokens, "deployment", d.id, "kind", "output")
	if o.FirstByteMS > 0 {
		d.firstByte.record(o.FirstByteMS, abi.MetricFirstByte, "deployment", d.id)
	}
}

func (d *deploymentMeter) ended(class abi.Class) *counter {
	for i := range d.attempts {
		if d.attempts[i].class == class {
			return &d.attempts[i].counter
		}
	}
	d.attempts = append(d.attempts, classCounter{class: class})
	return &d.attempts[len(d.attempts)-1].counter
}

// request counts one request.
func (m *meter) request(group string, api abi.API, status int, ms int64) {
	g := m.group(group)
	g.answered(api, status).add(1, abi.MetricRequests, "group", group, "api", string(api), "code", strconv.Itoa(status))
	g.duration.record(ms, abi.MetricDuration, "group", group)
}

func (g *groupMeter) answered(api abi.API, status int) *counter {
	for i := range g.requests {
		if c := &g.requests[i]; c.status == status && c.api == api {
			return &c.counter
		}
	}
	g.requests = append(g.requests, codeCounter{api: api, status: status})
	return &g.requests[len(g.requests)-1].counter
}

// transitions counts what became of breakers, and logs a line of JSON for each.
func (m *meter) transitions(events []breaker.Event, now int64) {
	for _, e := range events {
		d := m.deployment(e.Deployment)
		new(counter).add(1, abi.MetricTransitions, "deployment", d.id, "to", string(e.To)) // rare: defined anew each time
		switch {
		case e.To == breaker.Open && e.From == breaker.Closed:
			d.open.move(1, abi.MetricOpen, "deployment", d.id)
		case e.To == breaker.Closed:
			d.open.move(-1, abi.MetricOpen, "deployment", d.id)
		}
		proxywasm.LogWarn(string(logline.AppendTransition(nil, &e, now)))
	}
}

// counter, histogram and gauge are defined at their first use, with a name and labels: label, value, label, value, …
type (
	counter struct {
		id      proxywasm.MetricCounter
		defined bool
	}
	histogram struct {
		id      proxywasm.MetricHistogram
		defined bool
	}
	gauge struct {
		id      proxywasm.MetricGauge
		defined bool
	}
)

func (c *counter) add(n int, name string, labels ...string) {
	if n <= 0 {
		return // a proxy refuses to add nothing, and the refusal would end the VM
	}
	if !c.defined {
		c.id, c.defined = proxywasm.DefineCounterMetric(labelled(name, labels)), true
	}
	c.id.Increment(uint64(n))
}

func (h *histogram) record(ms int64, name string, labels ...string) {
	if !h.defined {
		h.id, h.defined = proxywasm.DefineHistogramMetric(labelled(name, labels)), true
	}
	h.id.Record(uint64(max(ms, 0)))
}

func (g *gauge) move(by int64, name string, labels ...string) {
	if !g.defined {
		g.id, g.defined = proxywasm.DefineGaugeMetric(labelled(name, labels)), true
	}
	g.id.Add(by)
}

// labelled writes NAME;label=value;label=value.
func labelled(name string, labels []string) string {
	var b strings.Builder
	b.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		b.WriteByte(';')
		b.WriteString(labels[i])
		b.WriteByte('=')
		b.WriteString(labels[i+1])
	}
	return b.String()
}
