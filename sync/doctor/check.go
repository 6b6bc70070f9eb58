package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check is one row of the table: one thing that can be wrong.
type Check struct {
	ID       string
	Severity Severity // the worst of its findings
	Says     string   // what is wrong, in one sentence
	Needs    []Part   // what must have been given
	look     func(x *examination)
}

// Checks are all checks. Order matters only to readers: first what keeps the rest from being looked at.
var Checks = []Check{
	unreadable, noPlugin, updateRefused, // what is there
	envoyVersion, headersStop, vmDiffers, failurePolicy, capabilities, moduleHash, moduleFailing, // the module
	documentRefused, staleRevision, // the document
	bodyLimit, routeCluster, routeTimeout, retryPolicy, retryHeader, retryCluster, retryPause, retryIdle, // the route
	clusterMissing, clusterUnmapped, retryThresholds, lastEndpoint, tlsUnverified, retriesRefused, // clusters
	adapterMissing, credentialMissing, headerCleanup, filterOrder, // attempts
	keyUnset, keyLiteral, openListener, openAdmin, logLevel, // keys and doors
	agentCluster, agentFailing, databaseSchema, databaseRevision, clockSkew, upstreamSilent, // what stands beside
}

// examination is one run of the checks.
type examination struct {
	ctx     context.Context
	subject *Subject
	report  *Report
	check   *Check
}

// Examine runs every check for which all it needs is there.
func Examine(ctx context.Context, s *Subject) *Report {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Getenv == nil {
		s.Getenv = func(string) (string, bool) { return "", false }
	}
	if s.Read == nil {
		s.Read = func(string) ([]byte, error) { return nil, errors.New("files are not read") }
	}
	r := &Report{Looked: append([]string{}, s.looked()...), Unlooked: []Unlooked{}, Findings: []Finding{}}
	left := map[Part][]string{}
	for i := range Checks {
		c := &Checks[i]
		complete := true
		for _, p := range c.Needs {
			if !s.has(p) {
				complete = false
				left[p] = append(left[p], c.ID)
			}
		}
		if complete {
			c.look(&examination{ctx: ctx, subject: s, report: r, check: c})
		}
	}
	for _, p := range []Part{PartProxy, PartLive, PartModule, PartSource, PartAgent, PartDatabase, PartUpstreams} {
		if len(left[p]) > 0 {
			why := how[p]
			if slices.ContainsFunc(s.Failed, func(f Failure) bool { return f.Part == p || f.Part == PartLive && p == PartProxy }) {
				why = "it could not be read"
			}
			r.Unlooked = append(r.Unlooked, Unlooked{What: string(p), Why: fmt.Sprintf("%s; left out: %s", why, strings.Join(left[p], ", "))})
		}
	}
	for _, p := range s.Proxies {
		for _, u := range p.Unread {
			r.Unlooked = append(r.Unlooked, Unlooked{What: p.Origin + ": " + u.What, Why: u.Why})
		}
	}
	r.sort()
	return r
}

// find adds a finding of the check's own severity.
func (x *examination) find(where, do, what string, args ...any) {
	x.findAs(x.check.Severity, where, do, what, args...)
}

// findAs adds a finding that is milder than the check's worst.
func (x *examination) findAs(s Severity, where, do, what string, args ...any) {
	x.report.Findings = append(x.report.Findings, Finding{ID: x.check.ID, Severity: s, What: fmt.Sprintf(what, args...), Where: where, Do: do})
}

// skip says that something was not looked at.
func (x *examination) skip(what, why string) {
	x.report.Unlooked = append(x.report.Unlooked, Unlooked{What: x.check.ID + ": " + what, Why: why})
}

// plugins calls look with every plugin of ours.
func (x *examination) plugins(look func(p *Proxy, pl *Plugin)) {
	for _, p := range x.subject.Proxies {
		for _, pl := range p.plugins() {
			look(p, pl)
		}
	}
}

// routers calls look with every manager that has the role router.
func (x *examination) routers(look func(p *Proxy, m *Manager, r *Plugin)) {
	for _, p := range x.subject.Proxies {
		for _, m := range p.Managers {
			if r := m.router(); r != nil {
				look(p, m, r)
			}
		}
	}
}
