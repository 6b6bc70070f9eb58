package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/doctor"
	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/file"
	"github.com/routeiq/routeiq/sync/source/gcs"
	"github.com/routeiq/routeiq/sync/source/https"
	"github.com/routeiq/routeiq/sync/source/s3"
)

// examination is one run of doctor: what the flags say, and the process it runs in.
type examination struct {
	*process
	envoys, files           []string
	config, module, agent   string
	database                string
	upstreams, strict, json bool
}

// lookWithin bounds each of the parts that are fetched.
const lookWithin = time.Minute

// doctor is the verb that looks at an Envoy and what stands beside it.
func (p *process) doctor() *cobra.Command {
	e := examination{process: p}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong with a running Envoy or a file for one, and what to do",
		Long: `Look at a running Envoy or a file for one, and at the source, the module, the agent, the database and the keys, and say
what is wrong and what to do. Nothing is changed, and no secret is shown. What was not given or could not be looked at is
listed. docs/doctor.md says what each finding means.

Ends with 0 when nothing is worse than an info (without --strict: than a warning), 1 when something is, 2 when it was
called wrongly.`,
		Example: `  routeiq-agent doctor --envoy http://127.0.0.1:9901 --config config.yaml --module /opt/routeiq/routeiq.wasm
  routeiq-agent doctor --file envoy.yaml --strict --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			given := len(e.envoys) + len(e.files)
			for _, name := range []string{"config", "module", "agent", "database"} {
				if cmd.Flags().Changed(name) {
					given++
				}
			}
			if given == 0 {
				return errors.New("nothing was given to look at: expected --envoy, --file, --config, --module, --agent or --database")
			}
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			report := doctor.Examine(ctx, e.subject(ctx, cmd.Flags().Changed("database")))
			write := report.WriteText
			if e.json {
				write = report.WriteJSON
			}
			if err := write(p.out); err != nil {
				return err
			}
			if !report.Good(e.strict) {
				return refusal{errors.New(report.Summary())}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&e.envoys, "envoy", nil, "URL of a running Envoy's admin listener, such as http://127.0.0.1:9901; may be repeated")
	f.StringArrayVar(&e.files, "file", nil, "file with an Envoy configuration, or with what /config_dump answered; - is standard input; may be repeated")
	f.StringVar(&e.config, "config", "", "the source of the configuration: a file, or a URL of s3, gs or https")
	f.StringVar(&e.module, "module", "", "the module's file that is meant to run")
	f.StringVar(&e.agent, "agent", "", "URL of an agent's status listener, such as http://127.0.0.1:4002")
	f.StringVar(&e.database, "database", "", "the agents' database: postgres://…, file:PATH, or empty for the agent's own file")
	f.BoolVar(&e.upstreams, "upstreams", false, "connect to each upstream, with a TLS handshake")
	f.BoolVar(&e.strict, "strict", false, "warnings count like errors")
	f.BoolVar(&e.json, "json", false, "print one JSON object")
	return cmd
}

// subject reads all that was given. What cannot be read is a finding, and the rest is looked at all the same.
func (e *examination) subject(ctx context.Context, withDatabase bool) *doctor.Subject {
	s := &doctor.Subject{Getenv: e.getenv, Read: os.ReadFile, Now: time.Now}
	fail := func(part doctor.Part, origin string, err error) {
		s.Failed = append(s.Failed, doctor.Failure{Part: part, Origin: origin, Err: err})
	}
	// A redirect would take the agent's key to another host.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, envoy := range e.envoys {
		if proxy, err := doctor.ReadAdmin(ctx, client, envoy); err != nil {
			fail(doctor.PartLive, shown(envoy), err)
		} else {
			s.Proxies = append(s.Proxies, proxy)
		}
	}
	for _, path := range e.files {
		text, err := e.read(path)
		if err != nil {
			fail(doctor.PartProxy, path, err)
			continue
		}
		if proxy, err := doctor.ReadFile(path, text); err != nil {
			fail(doctor.PartProxy, path, err)
		} else {
			s.Proxies = append(s.Proxies, proxy)
		}
	}
	if e.module != "" {
		text, err := e.read(e.module)
		if err == nil {
			s.Module, err = doctor.ReadModule(ctx, e.module, text)
		}
		if err != nil {
			fail(doctor.PartModule, e.module, err)
		}
	}
	if e.config != "" {
		var err error
		if s.Source, err = e.askSource(ctx, e.config); err != nil {
			fail(doctor.PartSource, shown(e.config), err)
		}
	}
	if e.agent != "" {
		var err error
		if s.Agent, err = doctor.ReadAgent(ctx, client, e.agent, e.adminKey()); err != nil {
			fail(doctor.PartAgent, shown(e.agent), err)
		}
	}
	if withDatabase {
		var err error
		if s.Database, err = e.askDatabase(ctx, e.database); err != nil {
			fail(doctor.PartDatabase, shown(e.database), err)
		}
	}
	if e.upstreams {
		s.Upstreams = &doctor.Upstreams{}
	}
	return s
}

// askSource fetches and compiles a configuration.
func (e *examination) askSource(ctx context.Context, raw string) (*doctor.Source, error) {
	ctx, stop := context.WithTimeout(ctx, lookWithin)
	defer stop()
	_, settings, errs := source.FromEnvironment(e.getenv)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	src, err := source.Open(raw, source.Options{Token: settings.Token, Schemes: map[string]source.Opener{
		"file": file.Open, "s3": s3.Open, "gs": gcs.Open, "http": https.Open, "https": https.Open,
	}})
	if err != nil {
		return nil, err
	}
	document, err := src.Fetch(ctx, "")
	if closed := source.Close(src); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	compiled, revisions, err := e.compiled(src.String(), document.Reader(src.String()))
	if err != nil {
		return nil, err
	}
	return &doctor.Source{Origin: src.String(), Revisions: revisions, Config: compiled.Config, Unset: compiled.Unset}, nil
}

// compiled compiles a document, and tells which revisions it may have: with the variables that are set here, and with all set, as
// render assumes.
func (e *examination) compiled(name string, read func(string) ([]byte, error)) (*litellm.Compiled, []string, error) {
	from := litellm.Source{Path: name, Read: read, Getenv: e.getenv}
	here, err := litellm.Compile(from)
	if err != nil {
		return nil, nil, err
	}
	everywhere, err := litellm.Compile(from)
	if err != nil {
		return nil, nil, err
	}
	everywhere.AssumeSet()
	return here, []string{here.Config.Revision, everywhere.Config.Revision}, nil
}

// askDatabase looks at the agents' database.
func (e *examination) askDatabase(ctx context.Context, raw string) (*doctor.Database, error) {
	ctx, stop := context.WithTimeout(ctx, lookWithin)
	defer stop()
	o, err := database.OptionsFrom(e.getenv)
	if err != nil {
		return nil, err
	}
	return doctor.ReadDatabase(ctx, raw, o, func(name string, read func(string) ([]byte, error)) ([]string, error) {
		_, revisions, err := e.compiled(name, read)
		return revisions, err
	})
}

// adminKey is the key that is sent to the agent.
func (e *examination) adminKey() string {
	if key, ok := e.getenv("ADMIN_API_KEY"); ok && key != "" {
		return strings.TrimSpace(key)
	}
	keys, _ := e.getenv("ADMIN_API_KEYS")
	first, _, _ := strings.Cut(keys, ",")
	return strings.TrimSpace(first)
}

// shown is what may be shown of a URL that people gave: no user, no password, no parameter.
func shown(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "what was given"
	}
	return source.Redact(u)
}
