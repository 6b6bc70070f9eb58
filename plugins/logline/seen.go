package logline

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// seen writes what was known of a candidate; what is zero is left out.
func (w *writer) seen(s *abi.Seen) {
	w.text("deployment", s.Deployment)
	g := &s.Signals
	w.int("in_flight", int64(g.InFlight))
	w.int("minute", g.Minute)
	w.int("requests", int64(g.Requests))
	w.int("tokens", int64(g.Tokens))
	w.mean("latency", g.Latency)
	w.mean("first", g.First)
	w.mean("output", g.Output)
	w.float("estimate", g.Estimate[0])
	w.float("estimate_2", g.Estimate[1])
	w.float("cache_usage", g.CacheUsage)
	w.float("waiting", g.Waiting)
	w.int("gauges_ms", g.GaugesMS)
	w.float("score", g.Score)
	w.int("place", int64(g.Place))
}

func (w *writer) float(name string, v float64) {
	if v != 0 {
		w.key(name)
		w.dst = jsontext.AppendFloat(w.dst, v)
	}
}

// some writes a number that may not have been given.
func (w *writer) some(name string, v *float64) {
	if v != nil {
		w.key(name)
		w.dst = jsontext.AppendFloat(w.dst, *v)
	}
}

// mean writes a mean as three members.
func (w *writer) mean(name string, m abi.Mean) {
	if m.Count == 0 {
		return
	}
	w.float(name, m.Value)
	w.int(name+"_count", int64(m.Count))
	w.int(name+"_ms", m.AtMS)
}

func (p *parser) seen() error {
	var s abi.Seen
	g := &s.Signals
	err := p.object(func(key string) error {
		switch key {
		case "deployment":
			return text(p.r, &s.Deployment)
		case "in_flight":
			return number(p.r, &g.InFlight)
		case "minute":
			return number(p.r, &g.Minute)
		case "requests":
			return number(p.r, &g.Requests)
		case "tokens":
			return number(p.r, &g.Tokens)
		case "estimate":
			return float(p.r, &g.Estimate[0])
		case "estimate_2":
			return float(p.r, &g.Estimate[1])
		case "cache_usage":
			return float(p.r, &g.CacheUsage)
		case "waiting":
			return float(p.r, &g.Waiting)
		case "gauges_ms":
			return number(p.r, &g.GaugesMS)
		case "score":
			return float(p.r, &g.Score)
		case "place":
			return number(p.r, &g.Place)
		}
		for name, m := range map[string]*abi.Mean{"latency": &g.Latency, "first": &g.First, "output": &g.Output} {
			switch key {
			case name:
				return float(p.r, &m.Value)
			case name + "_count":
				return number(p.r, &m.Count)
			case name + "_ms":
				return number(p.r, &m.AtMS)
			}
		}
		return p.r.Skip()
	})
	p.l.Decision.Seen = append(p.l.Decision.Seen, s)
	return err
}

func float(r *jsontext.Reader, into *float64) (err error) {
	*into, err = r.Float()
	return err
}
