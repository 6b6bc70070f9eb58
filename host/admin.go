package host

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/health"
)

// Admin is the handler of the admin address: metrics, and health without the module.
func (h *Host) Admin() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(h.metrics, hostCollector{h}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: errorLog{h}, ErrorHandling: promhttp.ContinueOnError}))
	answer := func(path string, write func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := write(w, r); err != nil {
				h.log.Debug("a health check went away", "reason", err)
			}
		})
	}
	answer("/_health/live", func(w http.ResponseWriter, _ *http.Request) error {
		return writeJSON(w, http.StatusOK, []byte(`{"status":"alive","service":"routeiq"}`))
	})
	answer("/_health/ready", func(w http.ResponseWriter, r *http.Request) error { return h.ready(w, r, 0) })
	answer("/_health/models", func(w http.ResponseWriter, _ *http.Request) error {
		return writeJSON(w, http.StatusOK, health.Models(h.health("")))
	})
	return mux
}

// ready answers whether this process takes requests. asking is how many of the requests in flight are the question itself.
func (h *Host) ready(w http.ResponseWriter, r *http.Request, asking int) error {
	id := requestID(r.Header.Get(abi.HeaderRequestID))
	in := h.health(id)
	in.Drain.Active -= asking
	w.Header().Set(abi.HeaderRequestID, id)
	status, body := health.Ready(in)
	return writeJSON(w, status, body)
}

// health is what the health paths answer from: the module's document, and the breakers it keeps in shared data.
func (h *Host) health(requestID string) health.Input {
	in := health.Input{
		NowMS: time.Now().UnixMilli(), RequestID: requestID,
		Drain: &health.Drain{Draining: h.Draining(), Active: int(h.inFlight.Load())},
	}
	if g := h.generation.Load(); g != nil {
		in.Config = g.settings.document
	}
	if circuits, _, ok := h.shared.Get(abi.VMID, abi.KeyCircuits); ok {
		in.Circuits = breaker.ParseTable(circuits)
	}
	return in
}

func writeJSON(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := w.Write(body)
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
