package abi

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Validate checks what types cannot say and returns every error at once, joined, each with the path of what is wrong.
func (c *Config) Validate() error {
	var v validation
	switch c.Role {
	case RoleAdapter:
		return v.err()
	case RoleBreaker:
		v.breaker("breaker", c.Breaker)
		return v.err()
	case RoleRouter:
	default:
		v.add("role", "is "+strconv.Quote(string(c.Role))+", expected router, adapter or breaker")
		return v.err()
	}
	v.breaker("breaker", c.Breaker)
	v.whole("limits.max_body_bytes", c.Limits.MaxBodyBytes, 1, math.MaxInt32)
	v.whole("limits.max_concurrent_requests", c.Limits.MaxConcurrentRequests, 0, math.MaxInt32)
	v.whole("retry.budget_percent", c.Retry.BudgetPercent, 0, 100)
	v.whole("retry.budget_floor", c.Retry.BudgetFloor, 0, math.MaxInt32)
	v.whole("retry.max_attempts", c.Retry.MaxAttempts, 1, MaxRetries)
	v.whole("report_ms", c.ReportMS, 0, math.MaxInt32)
	v.whole("health.min_models", c.Health.MinModels, 0, math.MaxInt32)
	if c.OnError != OnErrorDeny && c.OnError != OnErrorContinue {
		v.add("on_error", "is "+strconv.Quote(string(c.OnError))+", expected deny or continue")
	}
	for i, b := range c.Budgets {
		if b.Provider == "" || !(b.USD > 0) || b.PeriodMS < 1000 {
			v.add(index("budgets", i), "expected a provider, usd above 0 and a period_ms of 1000 or more")
		}
	}
	v.artifacts(c)
	v.judges(c)
	for i, key := range c.ClientKeys {
		if !isSHA256(key) {
			v.add(index("client_keys", i), "is no SHA-256 in 64 lower-case hex digits") // never quoted: it might be the key itself
		}
	}
	if len(c.Groups) == 0 {
		v.add("groups", "is empty, expected at least one group")
	}
	v.groups(c.Groups)
	for i, a := range c.Aliases {
		v.name(index("aliases", i)+".name", a.Name)
		if !c.Serves(a.Group) {
			v.add(index("aliases", i)+".group", "names no group: "+strconv.Quote(a.Group))
		}
	}
	for i, g := range c.Groups {
		for _, list := range []struct {
			name  string
			names []string
		}{{"fallbacks", g.Fallbacks}, {"context_fallbacks", g.ContextFallbacks}, {"content_fallbacks", g.ContentFallbacks}} {
			for n, name := range list.names {
				if !c.Serves(name) {
					v.add(index(index("groups", i)+"."+list.name, n), "names no group: "+strconv.Quote(name))
				}
			}
		}
	}
	return v.err()
}

func isSHA256(hex string) bool { return len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == "" }

// validation gathers errors, and what names are known.
type validation struct {
	errs  []error
	known map[string]bool   // group names
	ids   map[string]string // deployment id → where it stands
}

func (v *validation) add(path, msg string) { v.errs = append(v.errs, errors.New(path+": "+msg)) }
func (v *validation) err() error           { return errors.Join(v.errs...) }

func (v *validation) name(path, name string) {
	if name == "" {
		v.add(path, "is empty")
	}
	if strings.ContainsAny(name, ";\n\r") {
		v.add(path, "is "+strconv.Quote(name)+": ';' and line breaks cannot stand in a name")
	}
}

func (v *validation) groups(groups []ModelGroup) {
	v.known, v.ids = map[string]bool{}, map[string]string{}
	for i, g := range groups {
		path := index("groups", i)
		v.name(path+".name", g.Name)
		if v.known[g.Name] {
			v.add(path+".name", "stands twice: "+strconv.Quote(g.Name))
		}
		v.known[g.Name] = true
		if strings.Count(g.Name, "*") > 1 {
			v.add(path+".name", "is "+strconv.Quote(g.Name)+", expected at most one '*'")
		}
	}
	for i, g := range groups {
		path := index("groups", i)
		if g.Strategy.Name == "" {
			v.add(path+".strategy.name", "is empty")
		}
		v.whole(path+".retries", g.Retries, 0, MaxRetries)
		v.classCounts(path+".retries_by_class", g.RetriesByClass, 0, MaxRetries)
		v.whole(path+".retry_after_ms", g.RetryAfterMS, 0, math.MaxInt32)
		if g.WhenAllOpen != WhenAllOpenRefuse && g.WhenAllOpen != WhenAllOpenLeastBad {
			v.add(path+".when_all_open", "is "+strconv.Quote(string(g.WhenAllOpen))+", expected refuse or least_bad")
		}
		if a := g.Affinity; a != nil {
			if a.Mode != AffinityStick && a.Mode != AffinityPrice {
				v.add(path+".affinity.mode", "is "+strconv.Quote(string(a.Mode))+", expected stick or price")
			}
			v.whole(path+".affinity.ttl_ms", a.TTLMS, 1, math.MaxInt32)
		}
		if s := g.Shadow; s != nil {
			if s.Strategy.Name == "" {
				v.add(path+".shadow.strategy.name", "is empty")
			}
			if !(s.Percent > 0 && s.Percent <= 100) {
				v.add(path+".shadow.percent", "expected more than 0 and at most 100")
			}
			v.whole(path+".shadow.per_second", s.PerSecond, 1, math.MaxInt32)
		}
		if len(g.Deployments) == 0 {
			v.add(path+".deployments", "is empty, expected at least one deployment")
		}
		for n := range g.Deployments {
			v.deployment(index(path+".deployments", n), &g.Deployments[n])
		}
	}
}

func (v *validation) deployment(path string, d *Deployment) {
	v.name(path+".id", d.ID)
	if first, twice := v.ids[d.ID]; twice {
		v.add(path+".id", "is "+strconv.Quote(d.ID)+", which is also "+first)
	}
	v.ids[d.ID] = path + ".id"
	if d.Unconfigured == "" {
		if d.Cluster == "" {
			v.add(path+".cluster", "is empty")
		}
		if len(d.Paths) == 0 {
			v.add(path+".paths", "is empty, expected at least one API")
		}
	}
	if strings.Count(d.Model, "*") > 1 {
		v.add(path+".model", "is "+strconv.Quote(d.Model)+", expected at most one '*'")
	}
	for i, p := range d.Paths {
		if p.API.Path() == "" {
			v.add(index(path+".paths", i)+".api", "is "+strconv.Quote(string(p.API))+", expected one of "+joinAPIs(APIs))
		}
		if d.Mock == nil && !strings.HasPrefix(p.Path, "/") {
			v.add(index(path+".paths", i)+".path", "is "+strconv.Quote(p.Path)+", expected an absolute path")
		}
	}
	for i, h := range d.Headers {
		if h.Name == "" || h.Name != strings.ToLower(h.Name) || strings.ContainsAny(h.Name, " \t\r\n:") || strings.ContainsAny(h.Value, "\r\n\x00") {
			v.add(index(path+".headers", i), "is no header line in lower case")
		}
	}
	for i, word := range d.Lacks {
		if !contains(Needs, word) {
			v.add(index(path+".lacks", i), "is "+strconv.Quote(word)+", expected one of "+strings.Join(Needs, ", "))
		}
	}
	for _, n := range []struct {
		name  string
		value float64
	}{
		{"share", d.Share}, {"timeout_ms", float64(d.TimeoutMS)}, {"stream_timeout_ms", float64(d.StreamTimeoutMS)},
		{"stall_timeout_ms", float64(d.StallTimeoutMS)}, {"rpm", float64(d.RPM)}, {"tpm", float64(d.TPM)}, {"max_parallel_requests", float64(d.MaxParallel)},
		{"max_input_tokens", float64(d.MaxInputTokens)}, {"size", d.Size},
	} {
		if n.value < 0 {
			v.add(path+"."+n.name, "is "+strconv.FormatFloat(n.value, 'g', -1, 64)+", expected 0 or more")
		}
	}
	if d.Breaker != nil {
		v.breaker(path+".breaker", *d.Breaker)
	}
}

// MaxFailureThreshold bounds what a breaker remembers: one time stamp per failure in its window.
const MaxFailureThreshold = 1000

func (v *validation) breaker(path string, b BreakerPolicy) {
	if !b.Enabled {
		return
	}
	const day = 24 * 3600_000
	v.whole(path+".failure_threshold", b.FailureThreshold, 1, MaxFailureThreshold)
	v.classCounts(path+".threshold_by_class", b.ThresholdByClass, 1, MaxFailureThreshold)
	v.whole(path+".window_ms", b.WindowMS, 1, day)
	v.whole(path+".failure_percent", b.FailurePercent, 0, 100)
	v.whole(path+".min_requests", b.MinRequests, min(b.FailurePercent, 1), math.MaxInt32)
	v.whole(path+".open_ms", b.OpenMS, 1, day)
	v.whole(path+".max_open_ms", b.MaxOpenMS, b.OpenMS, day)
	v.whole(path+".success_threshold", b.SuccessThreshold, 1, 1000)
	v.whole(path+".half_open_requests", b.HalfOpenRequests, 1, 1000)
}

// whole checks a number's bounds.
func (v *validation) whole(path string, n, low, high int) {
	switch {
	case n >= low && n <= high:
	case high == math.MaxInt32:
		v.add(path, "is "+strconv.Itoa(n)+", expected at least "+strconv.Itoa(low))
	default:
		v.add(path, "is "+strconv.Itoa(n)+", expected "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
	}
}

// classCounts checks a list of numbers by class.
func (v *validation) classCounts(path string, list []ClassCount, low, high int) {
	for i, c := range list {
		v.whole(index(path, i)+".count", c.Count, low, high)
		if !contains(FailureClasses, c.Class) {
			v.add(index(path, i)+".class", "is "+strconv.Quote(string(c.Class))+", expected a class of failure")
		}
		for _, earlier := range list[:i] {
			if earlier.Class == c.Class {
				v.add(index(path, i)+".class", "stands twice: "+strconv.Quote(string(c.Class)))
			}
		}
	}
}

func contains[T comparable](words []T, word T) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

func joinAPIs(apis []API) string {
	names := make([]string, len(apis))
	for i, a := range apis {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}
