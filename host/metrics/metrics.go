// Package metrics keeps the metrics of modules for a whole process and shows them to Prometheus. A module puts labels
// into a metric's name, NAME;label=value;label=value, because proxy-wasm has none; here they come out again.
package metrics

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/routeiq/routeiq/host/vm"
)

// Buckets are the upper bounds of every histogram, in the module's unit, which is milliseconds for durations.
var Buckets = []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000}

// Registry is a vm.Metrics whose metrics outlive VMs and configurations.
type Registry struct{ series sync.Map } // seriesKey → *series

type seriesKey struct {
	kind vm.MetricKind
	name string
}

var (
	_ vm.Metrics           = (*Registry)(nil)
	_ prometheus.Collector = (*Registry)(nil)
)

// New returns an empty Registry.
func New() *Registry { return &Registry{} }

// Define implements vm.Metrics.
func (r *Registry) Define(kind vm.MetricKind, name string) vm.Metric {
	key := seriesKey{kind, name}
	if s, ok := r.series.Load(key); ok {
		return s.(*series)
	}
	s, _ := r.series.LoadOrStore(key, newSeries(kind, name))
	return s.(*series)
}

// series is one metric with its labels.
type series struct {
	kind   vm.MetricKind
	desc   *prometheus.Desc
	values []string // of the labels

	value   atomic.Uint64 // counter, gauge (as int64), or the sum of a histogram
	buckets []atomic.Uint64
}

func newSeries(kind vm.MetricKind, name string) *series {
	name, labels, values := Split(name)
	s := &series{kind: kind, values: values}
	s.desc = prometheus.NewDesc(name, "A metric of the module.", labels, nil)
	if kind == vm.Histogram {
		s.buckets = make([]atomic.Uint64, len(Buckets)+1)
	}
	return s
}

// Add implements vm.Metric.
func (s *series) Add(offset int64) { s.value.Add(uint64(offset)) }

// Record implements vm.Metric.
func (s *series) Record(value uint64) {
	switch s.kind {
	case vm.Gauge:
		s.value.Store(value)
	case vm.Counter:
		s.value.Add(value)
	case vm.Histogram:
		i, _ := slices.BinarySearch(Buckets, float64(value))
		s.buckets[i].Add(1)
		s.value.Add(value)
	}
}

// Value implements vm.Metric.
func (s *series) Value() uint64 { return s.value.Load() }

// Describe implements prometheus.Collector. It announces nothing: which metrics there are is the modules' business.
func (r *Registry) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (r *Registry) Collect(out chan<- prometheus.Metric) {
	r.series.Range(func(_, value any) bool {
		out <- value.(*series).metric()
		return true
	})
}

func (s *series) metric() prometheus.Metric {
	switch s.kind {
	case vm.Counter:
		return prometheus.MustNewConstMetric(s.desc, prometheus.CounterValue, float64(s.Value()), s.values...)
	case vm.Gauge:
		return prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, float64(int64(s.Value())), s.values...)
	}
	count, buckets := uint64(0), make(map[float64]uint64, len(Buckets))
	for i := range s.buckets {
		count += s.buckets[i].Load()
		if i < len(Buckets) {
			buckets[Buckets[i]] = count
		}
	}
	return prometheus.MustNewConstHistogram(s.desc, count, float64(s.Value()), buckets, s.values...)
}

// Split takes the labels out of a metric's name. Characters Prometheus does not know become '_'; of two labels with one
// name the first stays.
func Split(full string) (name string, labels, values []string) {
	name, rest, _ := strings.Cut(full, ";")
	for rest != "" {
		var pair string
		pair, rest, _ = strings.Cut(rest, ";")
		label, value, _ := strings.Cut(pair, "=")
		if label = legal(label); label != "" && !slices.Contains(labels, label) {
			labels, values = append(labels, label), append(values, strings.ToValidUTF8(value, "�"))
		}
	}
	if name = legal(name); name == "" {
		name = "unnamed"
	}
	return name, labels, values
}

// legal makes text a name for Prometheus.
func legal(text string) string {
	b := []byte(text)
	for i, c := range b {
		digit := c >= '0' && c <= '9'
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (!digit || i == 0) {
			b[i] = '_'
		}
	}
	return strings.TrimLeft(string(b[:min(len(b), math.MaxUint8)]), "_")
}
