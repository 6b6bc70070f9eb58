package admin

import (
	"maps"
	"net/http"
	"slices"

	"github.com/routeiq/routeiq/sync/fleet"
)

const service = "routeiq-agent"

func (s *Server) live(w http.ResponseWriter, _ *request) {
	s.answer(w, http.StatusOK, map[string]string{"status": "alive", "service": service})
}

// ready answers whether this agent has something to serve. What is wrong with the source does not matter: what is served was
// good, and an agent that is taken out serves it to nobody.
func (s *Server) ready(w http.ResponseWriter, r *request) {
	type check struct {
		Status   string `json:"status"`
		Models   int    `json:"models"`
		Required int    `json:"required"`
	}
	status := s.o.Agent.Status()
	out := struct {
		Status    string           `json:"status"`
		Service   string           `json:"service"`
		Degraded  bool             `json:"is_degraded"`
		Checks    map[string]check `json:"checks"`
		RequestID string           `json:"request_id"`
	}{"ready", service, status.Failure != nil, map[string]check{}, r.id}
	code := http.StatusOK
	config := check{Status: "healthy"}
	if a := status.Active; a != nil {
		config.Required = a.Config.Health.MinModels
		for _, g := range a.Config.Groups {
			for _, d := range g.Deployments {
				if d.Unconfigured == "" {
					config.Models++
				}
			}
		}
	}
	if status.Active == nil || config.Models < config.Required {
		code, out.Status, config.Status = http.StatusServiceUnavailable, "not_ready", "unhealthy"
	} else if out.Degraded {
		out.Status = "degraded"
	}
	out.Checks["configuration"] = config
	s.answer(w, code, out)
}

// modelHealth is how a deployment was lately.
type modelHealth struct {
	ID       string `json:"model_id"`
	Name     string `json:"model_name"`
	Status   string `json:"status"` // healthy, degraded, unhealthy, unknown (nobody asked for it), unconfigured
	Attempts int    `json:"attempts"`
	Failed   int    `json:"failed"`
	Reason   string `json:"reason,omitempty"`
}

func (s *Server) models(w http.ResponseWriter, _ *request) {
	list := []modelHealth{}
	if active := s.o.Agent.Status().Active; active != nil {
		tries := s.o.Fleet.Attempts(s.o.Now())
		for _, g := range active.Config.Groups {
			for _, d := range g.Deployments {
				m := modelHealth{ID: d.ID, Name: g.Name, Attempts: tries[d.ID].Made, Failed: tries[d.ID].Failed, Reason: d.Unconfigured}
				m.Status = statusOf(tries[d.ID])
				if d.Unconfigured != "" {
					m.Status = "unconfigured"
				}
				list = append(list, m)
			}
		}
	}
	s.answer(w, http.StatusOK, map[string]any{"models": list})
}

// statusOf is the word for how attempts ended: half of them failing is what no failover makes good.
func statusOf(t fleet.Tries) string {
	switch {
	case t.Made == 0:
		return "unknown"
	case 2*t.Failed >= t.Made:
		return "unhealthy"
	case t.Failed > 0:
		return "degraded"
	}
	return "healthy"
}

// router tells how groups choose.
func (s *Server) router(w http.ResponseWriter, _ *request) {
	type group struct {
		Name        string `json:"name"`
		Strategy    string `json:"strategy"`
		Requested   string `json:"requested_strategy,omitempty"` // that is not built, and another stands in for
		Deployments int    `json:"deployments"`
	}
	status := s.o.Agent.Status()
	out := struct {
		Strategies []string `json:"registered_strategies"` // those in use
		Count      int      `json:"strategy_count"`
		HotReload  bool     `json:"hot_reload_enabled"`
		Revision   *string  `json:"revision"`
		Groups     []group  `json:"groups"`
	}{HotReload: status.HotReload, Groups: []group{}}
	used := map[string]bool{}
	if a := status.Active; a != nil {
		out.Revision = &a.Revision
		for _, g := range a.Config.Groups {
			used[g.Strategy.Name] = true
			out.Groups = append(out.Groups, group{g.Name, g.Strategy.Name, g.Strategy.Requested, len(g.Deployments)})
		}
	}
	out.Strategies = slices.Sorted(maps.Keys(used))
	if out.Strategies == nil {
		out.Strategies = []string{}
	}
	out.Count = len(out.Strategies)
	s.answer(w, http.StatusOK, out)
}
