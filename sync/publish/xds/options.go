package xds

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// Options says what Envoys are told beside the revision.
type Options struct {
	Nodes    publish.Nodes       // is told what becomes of publications
	Listen   envoyconfig.Address // where Envoys serve clients
	Module   envoyconfig.Module  // empty: envoyconfig.DefaultModule
	CABundle string              // authorities of upstreams, where Envoys run; empty: envoyconfig.DefaultCABundle
	Agent    envoyconfig.Agent   // how Envoys reach what takes their modules' reports

	ReportEvery time.Duration // how often modules report where the document does not say; 0: 10 s
	// Drain is how long what a revision left stays after an Envoy took the next one; 0: a minute. A request that wants a
	// further attempt later than that, by a deployment that is gone, does without it; one under way ends in peace.
	Drain time.Duration

	// Fetch is how long an Envoy that runs another module has to fetch one by Module.SHA256; 0: 10 s.
	Fetch time.Duration

	// KeysFromEnvoy leaves keys that are named by a variable to the Envoys' own environment: they do not travel. Literal
	// keys do.
	KeysFromEnvoy bool
	// AllowPlaintextSecrets lets keys travel by a network that is not this machine's own without TLS on both sides.
	AllowPlaintextSecrets bool

	Log *slog.Logger // nil: slog's default
}

const (
	defaultReport = 10 * time.Second
	defaultDrain  = time.Minute
	defaultFetch  = 10 * time.Second
)

// complete fills in defaults and tells what is wrong.
func (o *Options) complete() error {
	var errs []error
	if o.Nodes == nil {
		errs = append(errs, errors.New("nodes: is nil, expected who is told what becomes of publications"))
	}
	if net.ParseIP(o.Listen.Host) == nil || o.Listen.Port < 0 || o.Listen.Port > 65535 {
		errs = append(errs, fmt.Errorf("listen: is %q, expected IP:PORT", o.Listen.String()))
	}
	errs = append(errs, o.Agent.Check())
	if o.Agent.HasToken() && o.Agent.TLS == nil && !local(o.Agent.Host) && !o.AllowPlaintextSecrets {
		errs = append(errs, fmt.Errorf("agent: the token would travel in clear to %q: give the agent TLS, or allow secrets in clear", o.Agent.Host))
	}
	if o.ReportEvery < 0 || o.Drain < 0 || o.Fetch < 0 {
		errs = append(errs, fmt.Errorf("report every %s, drain %s, fetch %s: expected no negative time", o.ReportEvery, o.Drain, o.Fetch))
	}
	o.Module.File = cmp.Or(o.Module.File, envoyconfig.DefaultModule)
	o.CABundle = cmp.Or(o.CABundle, envoyconfig.DefaultCABundle)
	o.ReportEvery = cmp.Or(o.ReportEvery, defaultReport)
	o.Drain = cmp.Or(o.Drain, defaultDrain)
	o.Fetch = cmp.Or(o.Fetch, defaultFetch)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return errors.Join(errs...)
}

// local tells whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
