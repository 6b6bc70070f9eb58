package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/plugins/artifact/bundle"
	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/admin"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/audit"
	"github.com/routeiq/routeiq/sync/cmd/routeiq-agent/dryrun"
	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/lease"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
	"github.com/routeiq/routeiq/sync/publish/hosts"
	"github.com/routeiq/routeiq/sync/publish/xds"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/staging"
)

// parts is what an agent is made of.
type parts struct {
	*running
	log         *slog.Logger
	settings    source.Settings
	source      source.Source                           // with what is activated, and artifacts
	document    source.Source                           // the operator's
	base        string                                  // URL of the document, beside which relative names are looked for
	open        func(url string) (source.Source, error) // artifacts, and other files that go with the document
	database    *database.DB
	activations *activation.Store
	lease       lease.Lease
	mode        string
	fleet       *fleet.Fleet
	audit       *audit.Log
	token       func() (abi.Secret, error) // nil: there is none
	xds         *xds.Publisher             // nil: no Envoy is served
	hosts       *hosts.Publisher           // nil: no host is
	wasm        []byte                     // the module; nil: nothing is tried, and it is not served
	dry         *dryrun.DryRun             // nil: nothing is tried
	agent       *agent.Agent
	staging     *staging.Staging
	admin       *admin.Server

	certificate  *tls.Config // nil: in clear
	forEnvoys    net.Listener
	forOperators net.Listener
	closers      []func() error
}

// openSource opens what the flags name, else what the environment does.
func (p *process) openSource(x *parts) error {
	urls, settings, errs := source.FromEnvironment(p.getenv)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	x.settings = settings
	if len(x.configs) > 0 {
		urls = x.configs
	}
	if len(urls) == 0 {
		return fmt.Errorf("no configuration: name one with --config, or by %s and %s, %s and %s, or %s",
			source.EnvS3Bucket, source.EnvS3Key, source.EnvGCSBucket, source.EnvGCSKey, source.EnvFile)
	}
	var layers []source.Source
	for _, url := range urls {
		s, err := source.Open(url, source.Options{Schemes: schemes, Token: settings.Token, Warn: func(text string) { x.log.Warn(text) }})
		if err != nil {
			return err
		}
		layers = append(layers, s)
	}
	x.base, x.document = urls[0], source.Layered(layers...)
	x.open = func(url string) (source.Source, error) {
		if kept, ok := x.activations.Open(url); ok {
			return kept, nil
		}
		o := source.Options{Schemes: schemes, MaxBytes: bundle.MaxBytes, Warn: func(text string) { x.log.Warn(text) }}
		if slices.ContainsFunc(urls, func(other string) bool { return source.SameHost(url, other) }) {
			o.Token = settings.Token // who may name an artifact may not send the token elsewhere
		}
		return source.Open(url, o)
	}
	x.source = x.withArtifacts(x.activations.Source(x.document))
	x.closers = append(x.closers, func() error { return source.Close(x.source) })
	return nil
}

// withArtifacts fetches with a document the artifacts it names.
func (x *parts) withArtifacts(s source.Source) source.Source {
	return source.WithArtifacts(s, x.base, x.open)
}

// openDatabase opens the database. It is not asked for anything yet.
func (p *process) openDatabase(x *parts) error {
	o, err := database.OptionsFrom(p.getenv)
	if err != nil {
		return err
	}
	o.Log = x.log
	if x.state != "" {
		o.Folder = x.state
	}
	x.state = o.Folder
	url := x.running.database
	if url == "" {
		url, _ = p.getenv("DATABASE_URL")
	}
	if x.database, err = database.Open(context.Background(), url, o); err != nil {
		return err
	}
	x.closers = append(x.closers, x.database.Close)
	x.activations = activation.NewStore(x.database)
	l, err := lease.OptionsFrom(p.getenv)
	if err != nil {
		return err
	}
	l.DB, l.Log = x.database, x.log
	if x.lease, err = lease.New(l); err != nil {
		return err
	}
	x.mode = string(l.Mode)
	if l.Mode == lease.ByDatabase {
		if x.mode = string(lease.Single); x.database.Dialect() == database.PostgreSQL {
			x.mode = string(lease.Election)
		}
	}
	a, err := audit.OptionsFrom(p.getenv)
	if err != nil {
		return err
	}
	a.Log = x.log
	x.audit = audit.New(x.database, a)
	return nil
}

// openDoors listens: a port that is taken is found before anything else is done.
func (p *process) openDoors(x *parts) (err error) {
	if x.certificate, err = x.tls.config(); err != nil {
		return err
	}
	if x.running.xds != "" {
		if x.forEnvoys, err = net.Listen("tcp", x.running.xds); err != nil {
			return fmt.Errorf("--xds: %w", err)
		}
	}
	if x.running.admin != "" {
		if x.forOperators, err = net.Listen("tcp", x.running.admin); err != nil {
			return fmt.Errorf("--admin: %w", err)
		}
	}
	for _, l := range []net.Listener{x.forEnvoys, x.forOperators} {
		if l != nil {
			x.closers = append(x.closers, func() error {
				if err := l.Close(); !errors.Is(err, net.ErrClosed) { // its server closes it
					return err
				}
				return nil
			})
		}
	}
	return nil
}

// makePublishers makes what serves Envoys and hosts.
func (p *process) makePublishers(x *parts) error {
	var err error
	if x.token, err = p.token(x.tokenFile); err != nil {
		return err
	}
	if x.tryFirst || x.serveModule {
		if x.wasm, err = p.wasm(x.wasmFile); err != nil {
			return err
		}
	}
	x.fleet = fleet.New(fleet.Options{Stale: staleAfter(x.every), Policy: x.policy})
	if x.forOperators != nil {
		x.hosts = hosts.New(hosts.Options{Nodes: x.fleet, Log: x.log, Token: x.token, ClearText: x.clear})
	}
	if x.forEnvoys == nil {
		return nil
	}
	listen, err := envoyconfig.ParseAddress(x.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	reports, err := x.reportsTo()
	if err != nil {
		return err
	}
	module := envoyconfig.Module{File: x.module}
	if x.serveModule {
		sum := sha256.Sum256(x.wasm)
		module.SHA256 = hex.EncodeToString(sum[:])
	}
	x.xds, err = xds.New(xds.Options{
		Nodes: x.fleet, Listen: listen, Module: module, CABundle: x.bundle, Agent: reports, ReportEvery: x.every, Drain: x.drain,
		KeysFromEnvoy: x.keysFromEnvoy, AllowPlaintextSecrets: x.clear, Log: x.log,
	})
	return err
}

// reportsTo is how Envoys reach the agent with what their modules report.
func (x *parts) reportsTo() (envoyconfig.Agent, error) {
	at := x.report
	if at == "" {
		if x.forOperators == nil {
			return envoyconfig.Agent{}, errors.New("--admin is empty, so modules have nowhere to report: give --report with the HOST:PORT of one that takes reports")
		}
		if at = x.forOperators.Addr().String(); x.forOperators.Addr().(*net.TCPAddr).IP.IsUnspecified() {
			return envoyconfig.Agent{}, fmt.Errorf("--admin listens on every address (%s): say with --report at which HOST:PORT Envoys reach it", at)
		}
	}
	host, text, err := net.SplitHostPort(at)
	if err != nil {
		return envoyconfig.Agent{}, fmt.Errorf("--report: %q: expected HOST:PORT", at)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return envoyconfig.Agent{}, fmt.Errorf("--report: %q: expected HOST:PORT", at)
	}
	a := envoyconfig.Agent{Host: host, Port: port}
	if x.reportTLS != (envoyconfig.AgentTLS{}) {
		a.TLS = &x.reportTLS
	}
	if x.certificate != nil && a.TLS == nil {
		return a, errors.New("--admin is served with a certificate: say with --report-tls-ca where Envoys find its authorities")
	}
	if x.token != nil {
		if a.Token, err = x.token(); err != nil {
			return a, err
		}
	}
	return a, nil
}

// makeAgent makes the loop and what shows it.
func (p *process) makeAgent(x *parts) error {
	store := revision.NewStore(x.database).OnBad(x.activations.Settle)
	folder := x.state
	if path := x.database.Path(); path != "" {
		folder = filepath.Dir(path)
	}
	o := agent.Options{
		Poll: func(have func() source.Revision) agent.Poller {
			poller := source.NewPoller(x.source)
			poller.Interval, poller.Have = x.settings.Poll(), have
			return poller
		},
		Source: x.source.String(), Sync: x.settings.Sync, Interval: x.settings.Interval, HotReload: x.settings.HotReload, Rollback: x.settings.Rollback,
		Getenv: p.getenv, KeysElsewhere: x.keysFromEnvoy, Fleet: x.fleet, ReportMS: int(x.every / time.Millisecond),
		Store: store, As: func(generation uint64) agent.Store { return store.As(generation) },
		File: revision.NewFile(filepath.Join(folder, "last-good")), Lease: x.lease, Acknowledge: x.acknowledge, Log: x.log, Hook: p.step,
	}
	if x.xds != nil {
		o.Publishers = append(o.Publishers, x.xds)
	}
	if x.hosts != nil {
		o.Publishers = append(o.Publishers, x.hosts)
	}
	if x.tryFirst {
		x.dry = dryrun.New(host.Options{Wasm: x.wasm, CacheDir: x.cache})
		x.dry.Warn = func(text string) { x.log.Warn(text) }
		x.closers = append(x.closers, func() error { return x.dry.Close(context.Background()) })
		o.DryRun = x.dry.Try
	}
	var err error
	if x.agent, err = agent.New(o); err != nil {
		return err
	}
	if err := p.makeStaging(x); err != nil {
		return err
	}
	keys, err := admin.KeysFrom(p.getenv)
	if err != nil {
		return err
	}
	var served []byte
	if x.serveModule {
		served = x.wasm
	}
	x.admin, err = admin.New(admin.Options{
		Module: served, Agent: x.agent, Strategies: x.staging, Fleet: x.fleet, Audit: x.audit, Lease: x.lease.Status, Mode: x.mode, Keys: keys, Log: x.log,
	})
	return err
}

// tokenVariable holds the token that hosts and reports show, where no file does.
const tokenVariable = "ROUTEIQ_AGENT_TOKEN"

// token returns what reads the token; nil: there is none.
func (p *process) token(path string) (func() (abi.Secret, error), error) {
	read := func() (abi.Secret, error) {
		text, err := p.read(path)
		if err != nil {
			return abi.Secret{}, fmt.Errorf("--token-file: %w", err)
		}
		token := strings.TrimSpace(string(text))
		if token == "" {
			return abi.Secret{}, fmt.Errorf("--token-file %s: it is empty, expected a token", path)
		}
		return abi.Secret{Value: token}, nil
	}
	if path == "" {
		text, _ := p.getenv(tokenVariable)
		if text = strings.TrimSpace(text); text == "" {
			return nil, nil
		}
		read = func() (abi.Secret, error) { return abi.Secret{Value: text}, nil }
	}
	_, err := read()
	return read, err
}

// makeStaging makes what tries trained models.
func (p *process) makeStaging(x *parts) (err error) {
	o := staging.Options{
		Store: x.activations, Document: x.document, Artifacts: x.withArtifacts, Open: x.open, Build: x.agent.Build, Leader: x.lease.Leader, Reload: x.agent.Reload,
	}
	if x.tryFirst {
		t := dryrun.NewTrial(host.Options{Wasm: x.wasm, CacheDir: x.cache})
		t.Warn = func(text string) { x.log.Warn(text) }
		o.Decide = func(ctx context.Context, p *publish.Publication, group string, bodies []json.RawMessage) (out []staging.Decision, err error) {
			decided, err := t.Decide(ctx, p, group, bodies)
			for _, d := range decided {
				out = append(out, staging.Decision(d))
			}
			return out, err
		}
	}
	x.staging, err = staging.New(o)
	return err
}
