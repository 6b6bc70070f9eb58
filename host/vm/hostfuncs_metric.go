package vm

import (
	"sync"
	"sync/atomic"
)

// definedMetric is a metric a module of this VM knows by its id: the index, shifted, with the kind in the low bits.
type definedMetric struct {
	kind   MetricKind
	metric Metric
}

type metricName struct {
	kind MetricKind
	name string
}

func (v *VM) proxyDefineMetric(s []uint64) Status {
	name, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	kind := MetricKind(s[0])
	if kind > Histogram || len(name) == 0 {
		return StatusBadArgument
	}
	id, ok := v.metricIDs[metricName{kind, string(name)}]
	if !ok {
		n := metricName{kind, string(name)}
		id = uint32(len(v.metrics))<<2 | uint32(kind)
		v.metrics = append(v.metrics, definedMetric{kind, v.module.options.Metrics.Define(kind, n.name)})
		v.metricIDs[n] = id
	}
	if !v.memory.WriteUint32Le(uint32(s[3]), id) {
		return StatusInvalidMemory
	}
	return StatusOK
}

func (v *VM) metric(id uint64) (definedMetric, bool) {
	i := uint32(id) >> 2
	if int(i) >= len(v.metrics) || v.metrics[i].kind != MetricKind(id&3) {
		return definedMetric{}, false
	}
	return v.metrics[i], true
}

func (v *VM) proxyIncrementMetric(s []uint64) Status {
	m, ok := v.metric(s[0])
	offset := int64(s[1])
	switch {
	case !ok:
		return StatusNotFound
	case m.kind == Histogram, m.kind == Counter && offset <= 0:
		return StatusBadArgument
	}
	m.metric.Add(offset)
	return StatusOK
}

func (v *VM) proxyRecordMetric(s []uint64) Status {
	m, ok := v.metric(s[0])
	if !ok {
		return StatusNotFound
	}
	m.metric.Record(s[1])
	return StatusOK
}

func (v *VM) proxyGetMetric(s []uint64) Status {
	m, ok := v.metric(s[0])
	switch {
	case !ok:
		return StatusNotFound
	case m.kind == Histogram:
		return StatusBadArgument
	}
	if !v.memory.WriteUint64Le(uint32(s[1]), m.metric.Value()) {
		return StatusInvalidMemory
	}
	return StatusOK
}

// plainMetrics serves modules whose host shows metrics to nobody.
type plainMetrics struct{ byName sync.Map }

func newPlainMetrics() *plainMetrics { return &plainMetrics{} }

// Define implements Metrics.
func (p *plainMetrics) Define(kind MetricKind, name string) Metric {
	m, _ := p.byName.LoadOrStore(metricName{kind, name}, &plainMetric{kind: kind})
	return m.(*plainMetric)
}

type plainMetric struct {
	kind  MetricKind
	value atomic.Uint64
}

func (m *plainMetric) Add(offset int64) { m.value.Add(uint64(offset)) }

func (m *plainMetric) Record(value uint64) {
	if m.kind == Gauge {
		m.value.Store(value)
		return
	}
	m.value.Add(value)
}

func (m *plainMetric) Value() uint64 { return m.value.Load() }
