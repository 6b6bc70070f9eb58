package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/follow"
	"github.com/routeiq/routeiq/plugins/litellm"
)

// tokenVariable holds the token that the agent expects, where no file does.
const tokenVariable = "ROUTEIQ_AGENT_TOKEN"

// agentFlags say which agent is followed.
type agentFlags struct {
	url, tokenFile, ca, cert, key, stateDir string
	clearText                               bool
}

func (a *agentFlags) add(command *cobra.Command) {
	fs := command.Flags()
	fs.StringVar(&a.url, "agent", "", "follow the agent at this address, https://HOST:PORT, in place of --config")
	fs.StringVar(&a.tokenFile, "agent-token-file", "", "file of the token that the agent expects (default: $"+tokenVariable+"); read again at each request")
	fs.StringVar(&a.ca, "agent-ca", "", "authorities that sign the agent's certificate, PEM (default: the system's)")
	fs.StringVar(&a.cert, "agent-cert", "", "certificate shown to the agent, PEM; needs --agent-key")
	fs.StringVar(&a.key, "agent-key", "", "key of that certificate, PEM")
	fs.BoolVar(&a.clearText, "agent-clear-text", false, "allow http:// to an agent on another machine: providers' keys can be read on the network")
	fs.StringVar(&a.stateDir, "state-dir", "", "folder that keeps the agent's last update, with its keys, for a start without the agent; "+
		"empty: none is kept (default: routeiq/state in the user's cache folder)")
}

// check finds flags that do not go together.
func (a *agentFlags) check(f *flags, given func(string) bool) error {
	if a.url == "" {
		for _, name := range []string{"agent", "agent-token-file", "agent-ca", "agent-cert", "agent-key", "agent-clear-text", "state-dir"} {
			if given(name) {
				return fmt.Errorf("--%s was given without the address of an agent: name it with --agent", name)
			}
		}
		return nil
	}
	if f.config != "" {
		return errors.New("both --config and --agent were given: a host reads its own configuration or follows an agent")
	}
	if f.strict {
		return errors.New("--strict is for --config: what an agent publishes, the agent has checked")
	}
	return nil
}

// follower makes the one who follows the agent.
func (p *process) follower(f *flags, given func(string) bool, node string, log *slog.Logger) (*follow.Follower, error) {
	a := &f.agent
	options := follow.Options{
		URL: a.url, Node: node, CAFile: a.ca, CertFile: a.cert, KeyFile: a.key, ClearText: a.clearText, StateDir: a.stateDir, Log: log,
	}
	if a.tokenFile != "" {
		options.Token = func() (abi.Secret, error) { return tokenIn(a.tokenFile) }
	} else if token, _ := p.getenv(tokenVariable); token != "" {
		options.Token = func() (abi.Secret, error) {
			return abi.Secret{Env: tokenVariable, Value: strings.TrimSpace(token)}, nil
		}
	}
	if options.Token != nil {
		if _, err := options.Token(); err != nil {
			return nil, err
		}
	}
	if !given("state-dir") {
		cache, err := os.UserCacheDir()
		if err != nil {
			log.Warn("no update of the agent is kept: without the agent this host will not start; name a folder with --state-dir", "reason", err)
		} else {
			options.StateDir = filepath.Join(cache, "routeiq", "state")
		}
	}
	return follow.New(options)
}

func tokenIn(path string) (abi.Secret, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return abi.Secret{}, fmt.Errorf("--agent-token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return abi.Secret{}, fmt.Errorf("--agent-token-file %s: it is empty, expected the agent's token", path)
	}
	return abi.Secret{Value: token}, nil
}

// followed is a host that is made with the first update and swaps at each that follows.
type followed struct {
	options     host.Options
	listen      string // --listen
	listenGiven bool

	host    *host.Host
	address string // where clients are served
	why     string // why only there
	guarded bool   // everyone can connect, because the first update asks for client keys
}

// take implements follow.Take.
func (s *followed) take(ctx context.Context, config host.Config) error {
	keyless := len(config.Document.ClientKeys) == 0
	if s.host != nil {
		if s.guarded && keyless {
			return fmt.Errorf("it asks clients for no key, but this host serves everyone who can connect to %s, because the first configuration asked for one: "+
				"configure general_settings.master_key, or start the host with --listen", s.address)
		}
		return s.host.Swap(ctx, config)
	}
	h, err := host.New(ctx, s.options, config)
	if err != nil {
		return err
	}
	s.host = h
	s.address, s.why = listenAddress(s.listen, s.listenGiven, litellm.Listen{}, keyless)
	s.guarded = !s.listenGiven && !keyless
	return nil
}

// follow runs a host that follows an agent until the context ends.
func (p *process) follow(ctx context.Context, f *flags, given func(string) bool, options host.Options, serving host.ServerOptions) error {
	agent, err := p.follower(f, given, options.NodeID, options.Log)
	if err != nil {
		return refusal{err}
	}
	defer agent.Close()
	options.Agent = agent
	s := &followed{options: options, listen: f.listen, listenGiven: given("listen")}
	if err := agent.Start(ctx, s.take); err != nil {
		if ctx.Err() != nil {
			return nil // asked to end before there was anything to serve
		}
		return refusal{err}
	}
	following, stop := context.WithCancel(ctx)
	var run sync.WaitGroup
	run.Go(func() { agent.Run(following, s.take) })
	serving.Listen = s.address
	return p.serveHost(ctx, s.host, serving, s.why, options.Log, func() {
		stop()
		run.Wait()
	})
}
