package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// rendering is what the flags of render say.
type rendering struct {
	listen, admin, module, bundle string
	onlyConfigured                bool
}

// render is the verb that prints a configuration for Envoy.
func (p *process) render() *cobra.Command {
	var r rendering
	cmd := &cobra.Command{
		Use:   "render [FILE]",
		Short: "Print a complete static configuration for Envoy",
		Long: `Print a complete static configuration for Envoy 1.39 or later, made from a LiteLLM configuration.

FILE is the configuration; - reads standard input; without it, $` + envFile + ` names it.
Keys that the configuration names with os.environ/NAME stay out of the file: Envoy reads them from its own environment,
and the head of the file lists them. They need not be set here, unless --only-configured says so.
Errors and warnings go to standard error. Ends with 0 when the file was printed, 1 when the configuration is refused.`,
		Example: `  routeiq-agent render config.yaml --module /opt/routeiq/routeiq.wasm > envoy.yaml
  envoy -c envoy.yaml`,
		Args: oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := p.file(args)
			if err != nil {
				return err
			}
			text, err := p.rendered(path, r)
			if err != nil {
				return err
			}
			_, err = p.out.Write(text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.listen, "listen", "", "address clients are served on (default "+envoyconfig.DefaultListen+", or what the configuration says)")
	f.StringVar(&r.admin, "envoy-admin", envoyconfig.DefaultAdmin, "address of Envoy's admin interface; it has no password: keep it private")
	f.StringVar(&r.module, "module", envoyconfig.DefaultModule, "path of the module where Envoy runs")
	f.StringVar(&r.bundle, "ca-bundle", envoyconfig.DefaultCABundle, "path of the trusted authorities (PEM) where Envoy runs")
	f.BoolVar(&r.onlyConfigured, "only-configured", false, "leave deployments out whose key is not set here")
	return cmd
}

func (p *process) rendered(path string, r rendering) ([]byte, error) {
	admin, err := envoyconfig.ParseAddress(r.admin)
	if err != nil {
		return nil, fmt.Errorf("--envoy-admin: %w", err)
	}
	var listen envoyconfig.Address
	if r.listen != "" {
		if listen, err = envoyconfig.ParseAddress(r.listen); err != nil {
			return nil, fmt.Errorf("--listen: %w", err)
		}
	}
	c, err := p.load(path)
	if err != nil {
		return nil, err
	}
	if r.listen == "" {
		if listen, err = listenOf(c.Listen); err != nil {
			return nil, refusal{fmt.Errorf("%s: %w; or say --listen IP:PORT", path, err)}
		}
	}
	warnings := lines(c.Warnings)
	if !r.onlyConfigured {
		warnings = lines(withoutUnset(c))
		c.AssumeSet()
	}
	p.warn(warnings)
	source := path
	if source == stdin {
		source = "standard input"
	}
	text, err := envoyconfig.File(&envoyconfig.Input{
		Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials, CORS: c.CORS,
		Listen: listen, Admin: admin, Module: r.module, CABundle: r.bundle,
	}, envoyconfig.Head{Source: source, Warnings: warnings})
	if err != nil {
		return nil, refusal{fmt.Errorf("%s: %w", path, err)}
	}
	return text, nil
}

// listenOf completes what a configuration says of where to listen.
func listenOf(said litellm.Listen) (envoyconfig.Address, error) {
	a, err := envoyconfig.ParseAddress(envoyconfig.DefaultListen)
	if err != nil {
		return a, err
	}
	if said.Port != 0 {
		a.Port = said.Port
	}
	switch said.Host {
	case "":
	case "localhost":
		a.Host = "127.0.0.1"
	default:
		a.Host = said.Host
	}
	return envoyconfig.ParseAddress(a.String())
}

// withoutUnset returns the warnings but those that a variable is not set here: where the file is rendered for another
// machine, they would say of deployments that they are never chosen, and the head says which variables are needed.
func withoutUnset(c *litellm.Compiled) []litellm.Problem {
	unset := map[string]bool{}
	for _, names := range c.Unset {
		for _, name := range names {
			unset[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.Warnings), func(w litellm.Problem) bool {
		name, _, ok := strings.Cut(w.Message, " is not set: never chosen")
		return ok && unset[name]
	})
}
