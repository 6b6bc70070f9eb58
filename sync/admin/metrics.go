package admin

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/agent"
)

// The metrics of an agent.
var (
	descAge      = prometheus.NewDesc(abi.MetricAgentConfigAge, "How long the active revision is active.", nil, nil)
	descSyncAge  = prometheus.NewDesc(abi.MetricAgentSyncAge, "Time since the source was last fetched and what it had was active.", nil, nil)
	descModels   = prometheus.NewDesc(abi.MetricAgentModels, "Deployments of the active revision.", nil, nil)
	descActive   = prometheus.NewDesc(abi.MetricAgentRevision, "The active revision, always 1.", []string{"revision", "source_revision", "state"}, nil)
	descSwaps    = prometheus.NewDesc(abi.MetricAgentPublications, "Revisions published since the start, those that came back included.", nil, nil)
	descFailing  = prometheus.NewDesc(abi.MetricAgentStepFailing, "1 for the step whose failure is the last error.", []string{"step"}, nil)
	descHeld     = prometheus.NewDesc(abi.MetricAgentHeld, "1 while what the source has was bad and is held.", nil, nil)
	descLeader   = prometheus.NewDesc(abi.MetricAgentLeader, "1 while this agent leads.", nil, nil)
	descNodes    = prometheus.NewDesc(abi.MetricAgentNodes, "Connected proxies, by whether their module reports the active revision.", []string{"kind", "acknowledged"}, nil)
	descRequests = prometheus.NewDesc(abi.MetricAgentAttempts, "Attempts that ended lately at deployments, over all proxies.", []string{"result"}, nil)
)

type collector struct{ *Server }

// Describe implements prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descAge, descSyncAge, descModels, descActive, descSwaps, descFailing, descHeld, descLeader, descNodes, descRequests} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, s := c.o.Now(), c.o.Agent.Status()
	revision := ""
	if a := s.Active; a != nil {
		revision = a.Revision
		gauge(descAge, now.Sub(a.At).Seconds())
		gauge(descModels, float64(a.Models))
		gauge(descActive, 1, a.Revision, a.ID, a.State)
	}
	if !s.Success.IsZero() {
		gauge(descSyncAge, now.Sub(s.Success).Seconds())
	}
	out <- prometheus.MustNewConstMetric(descSwaps, prometheus.CounterValue, float64(s.Swaps))
	for _, step := range agent.Steps {
		gauge(descFailing, is(s.Failure != nil && s.Failure.Step == step), string(step))
	}
	gauge(descHeld, is(s.Held != nil))
	gauge(descLeader, is(s.Leads))
	nodes := map[[2]string]int{}
	for _, n := range c.o.Fleet.Nodes(now) {
		if n.Connected {
			nodes[[2]string{string(n.Kind), fmt.Sprint(revision != "" && n.Running.Revision == revision)}]++
		}
	}
	for labels, n := range nodes {
		gauge(descNodes, float64(n), labels[0], labels[1])
	}
	made, failed := 0, 0
	for _, t := range c.o.Fleet.Attempts(now) {
		made, failed = made+t.Made, failed+t.Failed
	}
	gauge(descRequests, float64(made-failed), "answered")
	gauge(descRequests, float64(failed), "failed")
}

func is(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (s *Server) registry() prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{s}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

func (s *Server) metrics(w http.ResponseWriter, r *request) {
	promhttp.HandlerFor(s.gather, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r.Request)
}
