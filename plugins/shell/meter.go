package shell

import (
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
)

// meter counts. A metric is defined the first time it is needed; its labels are part of its name (abi.Metric…), and
// their values come from the document alone, so their number is bounded by it.
type meter struct {
	counters   map[string]proxywasm.MetricCounter
	gauges     map[string]proxywasm.MetricGauge
	histograms map[string]proxywasm.MetricHistogram
	name       []byte // scratch: a map looked up with it needs no allocation
}

func newMeter() *meter {
	return &meter{
		counters:   map[string]proxywasm.MetricCounter{},
		gauges:     map[string]proxywasm.MetricGauge{},
		histograms: map[string]proxywasm.MetricHistogram{},
	}
}

// compose writes NAME;label=value;… into the scratch.
func (m *meter) compose(name string, labels []string) {
	m.name = append(m.name[:0], name...)
	for i := 0; i+1 < len(labels); i += 2 {
		m.name = append(m.name, ';')
		m.name = append(m.name, labels[i]...)
		m.name = append(m.name, '=')
		m.name = append(m.name, labels[i+1]...)
	}
}

func (m *meter) count(n uint64, name string, labels ...string) {
	if n == 0 {
		return // Envoy refuses to add nothing
	}
	m.compose(name, labels)
	c, ok := m.counters[string(m.name)]
	if !ok {
		c = proxywasm.DefineCounterMetric(string(m.name))
		m.counters[string(m.name)] = c
	}
	c.Increment(n)
}

func (m *meter) record(ms int64, name string, labels ...string) {
	m.compose(name, labels)
	h, ok := m.histograms[string(m.name)]
	if !ok {
		h = proxywasm.DefineHistogramMetric(string(m.name))
		m.histograms[string(m.name)] = h
	}
	h.Record(uint64(max(ms, 0)))
}

func (m *meter) gauge(delta int64, name string, labels ...string) {
	m.compose(name, labels)
	g, ok := m.gauges[string(m.name)]
	if !ok {
		g = proxywasm.DefineGaugeMetric(string(m.name))
		m.gauges[string(m.name)] = g
	}
	g.Add(delta)
}

// transitions counts and logs what became of breakers.
func (m *meter) transitions(events []breaker.Event) {
	for _, e := range events {
		m.count(1, abi.MetricTransitions, "deployment", e.Deployment, "to", string(e.To))
		switch {
		case e.To == breaker.Open && e.From == breaker.Closed:
			m.gauge(1, abi.MetricOpen, "deployment", e.Deployment)
		case e.To == breaker.Closed:
			m.gauge(-1, abi.MetricOpen, "deployment", e.Deployment)
		}
		proxywasm.LogWarn("routeiq: breaker of deployment " + strconv.Quote(e.Deployment) + ": " + string(e.From) + " to " + string(e.To) + ", after " + string(e.Class))
	}
}
