package host

import (
	"io"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/routeiq/routeiq/abi"
)

// Admin is the handler of the admin address: metrics, and health without the module.
func (h *Host) Admin() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(h.metrics, hostCollector{h}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: errorLog{h}, ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("GET /_health/live", func(w http.ResponseWriter, _ *http.Request) {
		h.health(w, http.StatusOK, `{"status":"alive","service":"routeiq"}`)
	})
	mux.HandleFunc("GET /_health/ready", func(w http.ResponseWriter, _ *http.Request) {
		if h.Draining() {
			h.health(w, http.StatusServiceUnavailable, `{"status":"draining","service":"routeiq"}`)
			return
		}
		h.health(w, http.StatusOK, `{"status":"ready","service":"routeiq"}`)
	})
	return mux
}

func (h *Host) health(w http.ResponseWriter, status int, text string) {
	if err := writeJSON(w, status, text); err != nil {
		h.log.Debug("a health check went away", "reason", err)
	}
}

func writeJSON(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := io.WriteString(w, text)
	return err
}

// errorLog lets the metrics handler complain.
type errorLog struct{ host *Host }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) { l.host.log.Error("a metric could not be shown", "reason", v) }

// hostCollector shows what the host knows of itself.
type hostCollector struct{ host *Host }

var (
	descInFlight = prometheus.NewDesc(abi.MetricHostInFlight, "Requests being served now.", nil, nil)
	descTraps    = prometheus.NewDesc(abi.MetricHostTraps, "VMs that failed and were replaced.", nil, nil)
	descVMs      = prometheus.NewDesc(abi.MetricHostVMs, "VMs, by whether they can serve.", []string{"state"}, nil)
	descMemory   = prometheus.NewDesc(abi.MetricHostMemory, "Memory of one VM.", []string{"vm"}, nil)
	descSwaps    = prometheus.NewDesc(abi.MetricHostSwaps, "Configurations offered, by what became of them.", []string{"result"}, nil)
	descDraining = prometheus.NewDesc(abi.MetricHostDraining, "1 while the host ends.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c hostCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descInFlight, descTraps, descVMs, descMemory, descSwaps, descDraining} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c hostCollector) Collect(out chan<- prometheus.Metric) {
	h := c.host
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(descInFlight, float64(h.inFlight.Load()))
	counter(descTraps, h.traps.Load())
	counter(descSwaps, h.swaps.Load(), "taken")
	counter(descSwaps, h.refusals.Load(), "refused")
	draining := 0.0
	if h.Draining() {
		draining = 1
	}
	gauge(descDraining, draining)
	h.mu.Lock()
	workers := append([]*worker(nil), h.workers...)
	h.mu.Unlock()
	dead := 0
	for _, w := range workers {
		if w.vm.Trapped() != nil {
			dead++
			continue
		}
		gauge(descMemory, float64(w.vm.MemorySize()), strconv.Itoa(w.index))
	}
	gauge(descVMs, float64(len(workers)-dead), "alive")
	gauge(descVMs, float64(dead), "dead")
}
