package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/fleet"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
	"github.com/routeiq/routeiq/sync/publish/hosts"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/file"
	"github.com/routeiq/routeiq/sync/source/gcs"
	"github.com/routeiq/routeiq/sync/source/https"
	"github.com/routeiq/routeiq/sync/source/s3"
)

// running is what the flags of run say.
type running struct {
	configs                        []string
	xds, admin, database           string
	state, listen, module          string
	bundle, wasmFile, cache        string
	tls                            serverTLS
	report                         string
	reportTLS                      envoyconfig.AgentTLS
	tokenFile, logLevel            string
	tryFirst, keysFromEnvoy, clear bool
	serveModule                    bool
	every, acknowledge             time.Duration
	drain                          time.Duration
	policy                         fleet.Policy
}

// runAgent is the verb that runs the agent.
func (p *process) runAgent() *cobra.Command {
	var r running
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Bring a configuration to every proxy, and keep it up to date",
		Long: `Run the agent: it follows the source of a configuration, brings what changes to every Envoy (by xDS) and host (by HTTP), looks
whether they run it and how their requests end, and puts the last good revision back when it was wrong. docs/operations.md tells
more, docs/endpoints.md what is answered at --admin.

Sources are files, s3://BUCKET/KEY, gs://BUCKET/KEY and https:// URLs; of several each lies over those before it. Without one the
environment names them: CONFIG_S3_BUCKET and _KEY, CONFIG_GCS_BUCKET and _KEY, LITELLM_CONFIG_PATH.
SIGTERM ends it with 0; proxies serve on without it. It ends with 1 when it cannot run.`,
		Example: "  routeiq-agent run --config config.yaml\n  routeiq-agent run --config s3://bucket/config.yaml --database postgres://agent@db/routeiq \\\n" +
			"    --xds 0.0.0.0:18000 --admin 0.0.0.0:4002 --tls-cert cert.pem --tls-key key.pem --tls-client-ca ca.pem \\\n" +
			"    --report agent.internal:4002 --report-tls-ca /etc/envoy/ca.pem",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if r.xds == "" && r.admin == "" {
				return errors.New("both --xds and --admin are empty: nobody could be served")
			}
			if r.acknowledge <= staleAfter(r.every) {
				return fmt.Errorf("--acknowledge is %s, expected more than %s, within which a module that reports every %s is heard of", r.acknowledge, staleAfter(r.every), r.every)
			}
			ctx, stop := p.signals()
			defer stop()
			return p.serve(ctx, &r)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&r.configs, "config", nil, "source of the configuration; may be given several times")
	f.StringVar(&r.xds, "xds", "127.0.0.1:18000", "address for Envoys; empty: none")
	f.StringVar(&r.admin, "admin", "127.0.0.1:4002", "address for hosts, modules' reports, status, health and metrics; empty: none")
	f.StringVar(&r.database, "database", "", "postgres://… or file:PATH (default $DATABASE_URL, else a file in the state folder)")
	f.StringVar(&r.state, "state-dir", "", "folder of the database's file and of the last good revision (default $ROUTEIQ_STATE_DIR, else the user's)")
	f.StringVar(&r.listen, "listen", envoyconfig.DefaultListen, "address Envoys serve clients on")
	f.StringVar(&r.module, "module", envoyconfig.DefaultModule, "path of the module where Envoys run")
	f.BoolVar(&r.serveModule, "serve-module", false, "have Envoys fetch the module from --admin by its SHA-256, in place of --module; Envoy calls that unstable")
	f.StringVar(&r.bundle, "ca-bundle", envoyconfig.DefaultCABundle, "path of the trusted authorities (PEM) where Envoys run")
	f.BoolVar(&r.tryFirst, "dry-run", true, "try each revision with the module before it is published")
	f.StringVar(&r.wasmFile, "wasm", "", "module to try with, and to serve, in place of the one that is built in")
	f.StringVar(&r.cache, "cache-dir", "", "folder for compiled code (default: routeiq in the user's cache folder)")
	r.tls.add(f)
	f.StringVar(&r.report, "report", "", "HOST:PORT at which Envoys reach --admin (default: that address)")
	f.StringVar(&r.reportTLS.CA, "report-tls-ca", "", "path of the authorities of the agent's certificate (PEM), where Envoys run")
	f.StringVar(&r.reportTLS.Cert, "report-tls-cert", "", "path of the certificate Envoys show with reports (PEM), where they run")
	f.StringVar(&r.reportTLS.Key, "report-tls-key", "", "path of its key (PEM), where Envoys run")
	f.StringVar(&r.tokenFile, "token-file", "", "file of the token that hosts and reports show (default $"+tokenVariable+"; neither: certificates, or this machine alone)")
	f.BoolVar(&r.keysFromEnvoy, "keys-from-envoy", false, "leave keys that are named by variables to the Envoys' own environment: they do not travel, and need not be set here")
	f.BoolVar(&r.clear, "allow-plaintext-secrets", false, "let keys travel over a network in clear")
	f.DurationVar(&r.every, "report-every", 5*time.Second, "how often modules report")
	f.DurationVar(&r.acknowledge, "acknowledge", agent.DefaultAcknowledge, "how long a proxy may take to report a revision before it is rolled back")
	f.DurationVar(&r.policy.Window, "watch", fleet.DefaultWindow, "how long requests are compared after a change, with as long before")
	f.IntVar(&r.policy.MinRequests, "watch-requests", fleet.DefaultMinRequests, "how many requests of a revision it takes to call it worse")
	f.Float64Var(&r.policy.Confidence, "watch-confidence", fleet.DefaultConfidence, "how sure one must be to call it worse, below 1")
	f.Float64Var(&r.policy.Margin, "watch-margin", fleet.DefaultMargin, "by how much the part of requests that fail must have risen")
	f.DurationVar(&r.drain, "drain", time.Minute, "how long Envoys keep what a revision left, for requests that want another attempt")
	f.StringVar(&r.logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// staleAfter is how long a worker that says nothing counts as running what it said last: two reports may be lost.
func staleAfter(every time.Duration) time.Duration { return 3*every + 2*time.Second }

// schemes is what a source may be.
var schemes = map[string]source.Opener{"file": file.Open, "s3": s3.Open, "gs": gcs.Open, "http": https.Open, "https": https.Open}

// serve makes all parts, and runs them until the context ends.
func (p *process) serve(ctx context.Context, r *running) (err error) {
	x := &parts{running: r}
	defer func() {
		for _, end := range x.closers {
			err = errors.Join(err, end())
		}
		if err != nil {
			err = refusal{err}
		}
	}()
	if x.log, err = p.logger(r.logLevel); err != nil {
		return err
	}
	for _, make := range []func(*parts) error{p.openDatabase, p.openSource, p.openDoors, p.makePublishers, p.makeAgent} {
		if err := make(x); err != nil {
			return err
		}
	}
	return p.runParts(ctx, x)
}

func (p *process) logger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level is %q, expected debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: l})), nil
}

// Times of the HTTP server. Answers have none: hosts poll for long.
const (
	headerLimit   = 10 * time.Second
	shutdownLimit = 10 * time.Second
)

// runParts serves what was good at once, then brings the database up to date and goes to work.
func (p *process) runParts(ctx context.Context, x *parts) error {
	if err := x.agent.ServeLastGood(ctx); err != nil && !errors.Is(err, revision.ErrNotFound) {
		x.log.Warn("the last good revision cannot be served from its file", "reason", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	if x.xds != nil {
		group.Go(func() error { return x.xds.Serve(ctx, x.forEnvoys, forEnvoys(x.certificate)) })
		p.tell("xDS on %s\n", x.forEnvoys.Addr())
	}
	if x.forOperators != nil {
		group.Go(func() error { return x.serveOperators(ctx) })
		scheme := "http"
		if x.certificate != nil {
			scheme = "https"
		}
		p.tell("admin on %s://%s\n", scheme, x.forOperators.Addr())
	}
	group.Go(func() error {
		if err := x.database.Migrate(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		leading, stop := context.WithCancel(context.WithoutCancel(ctx))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			x.lease.Run(leading)
		}()
		err := x.agent.Run(ctx)
		stop() // after the agent: what it still writes, it writes as the leader
		<-ended
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	return group.Wait()
}

func (x *parts) serveOperators(ctx context.Context) error {
	mux := http.NewServeMux()
	for _, path := range hosts.Paths() {
		mux.Handle(path, x.hosts)
	}
	mux.Handle("/", x.admin)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerLimit, TLSConfig: x.certificate, ErrorLog: slog.NewLogLogger(x.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		x.hosts.Close()
		ending, stop := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
		defer stop()
		ended <- server.Shutdown(ending)
	}()
	serve := func() error { return server.Serve(x.forOperators) }
	if x.certificate != nil {
		serve = func() error { return server.ServeTLS(x.forOperators, "", "") }
	}
	if err := serve(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("--admin: %w", err)
	}
	return <-ended
}

// tell writes to standard output. Where that cannot be written to nobody waits for it.
func (p *process) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format, args...)
}
