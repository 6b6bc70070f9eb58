// Package follow has a host follow a fleet's agent: it asks the agent for updates, has them taken, says what became of them,
// and keeps the last one that was taken, to start from it when the agent is down. What it says and hears is package
// abi/update's.
//
//	agent ──update──▶ Follower ──host.Config──▶ Take (host.New, then Swap)
//	      ◀─result──      │ └──▶ the file of the last one taken
//	      ◀─report── Follower.RoundTrip ◀── the host's module
package follow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
)

// Options say which agent is followed, and how. URL and Node are required.
type Options struct {
	URL  string // of the agent: http or https, host, port, and the path its paths are below
	Node string // this host's node.id; no other host of the fleet has it

	// Token returns the bearer token; it is asked at each request, so that the file it comes from can be changed. nil: none.
	Token    func() (abi.Secret, error)
	CAFile   string // PEM file of the authorities that sign the agent's certificate; empty: the system's
	CertFile string // PEM file of this host's certificate; with KeyFile. Both are read again at each connection.
	KeyFile  string
	// ClearText allows http:// to other machines, so that the token and the keys of providers can be read on the network.
	ClearText bool

	// Dial connects to the agent; nil: over TCP. TLS, where the URL asks for it, comes on top.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	StateDir string        // where the last update that was taken is kept, with its keys, for this user alone; empty: nowhere
	Wait     time.Duration // that a poll may be held; 0: update.DefaultWait
	Log      *slog.Logger  // nil: nothing is logged
}

// connectLimit bounds connecting to the agent, and its answer to anything but a poll.
const connectLimit = 10 * time.Second

// Follower follows one agent.
type Follower struct {
	options Options
	log     *slog.Logger
	base    *url.URL
	client  *http.Client

	have    string         // the tag of the update that came last
	running string         // the tag of the one that was taken last
	result  *update.Result // what the agent was not told yet
}

// New checks the options. Every one that cannot be used is in the error.
func New(options Options) (*Follower, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Wait <= 0 {
		options.Wait = update.DefaultWait
	}
	f := &Follower{options: options, log: options.Log}
	var errs []error
	if !update.ValidNode(options.Node) {
		errs = append(errs, fmt.Errorf("the node's id is %q, expected 1 to %d characters of printable ASCII without spaces: set it with --node-id", options.Node, update.MaxNode))
	}
	var err error
	if f.base, err = agentURL(options.URL, options.ClearText); err != nil {
		errs = append(errs, err)
	}
	config, err := tlsConfig(&options)
	if err != nil {
		errs = append(errs, err)
	}
	if f.base != nil && f.base.Scheme == "http" && (options.CAFile != "" || options.CertFile != "") {
		errs = append(errs, errors.New("--agent-ca and --agent-cert are for https://, but the agent's address begins with http://"))
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	if f.options.Dial == nil {
		f.options.Dial = (&net.Dialer{Timeout: connectLimit, KeepAlive: 15 * time.Second}).DialContext
	}
	f.client = &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         f.options.Dial,
			TLSHandshakeTimeout: connectLimit, TLSClientConfig: config, ForceAttemptHTTP2: true,
			IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
		},
		// An agent does not move by itself, and a token must not go to who the agent did not say it is.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return f, nil
}

// Close closes connections that are idle. Nothing may be under way any more.
func (f *Follower) Close() { f.client.CloseIdleConnections() }

// agentURL reads the agent's address. No error shows what may be a password in it.
func agentURL(text string, clearText bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("--agent: this is no address of an agent, expected https://HOST:PORT (or http://127.0.0.1:PORT on this machine)")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("--agent: expected only %s://%s%s, without a user, a query or a fragment: give a token with --agent-token-file", u.Scheme, u.Host, u.Path)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && !clearText {
		return nil, fmt.Errorf("--agent %s: updates hold providers' keys and are not fetched in clear text over a network: "+
			"use https://, or allow it with --agent-clear-text", u)
	}
	u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), ""
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func tlsConfig(o *Options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var errs []error
	if o.CAFile != "" {
		text, err := os.ReadFile(o.CAFile)
		config.RootCAs = x509.NewCertPool()
		if err != nil {
			errs = append(errs, fmt.Errorf("--agent-ca: %w", err))
		} else if !config.RootCAs.AppendCertsFromPEM(text) {
			errs = append(errs, fmt.Errorf("--agent-ca %s: no certificate is in it, expected PEM", o.CAFile))
		}
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		errs = append(errs, errors.New("a certificate needs its key: give both --agent-cert and --agent-key, or neither"))
	} else if o.CertFile != "" {
		load := func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
			if err != nil {
				return nil, fmt.Errorf("--agent-cert %s with --agent-key %s: %w; expected PEM files that belong together", o.CertFile, o.KeyFile, err)
			}
			return &pair, nil
		}
		if _, err := load(); err != nil {
			errs = append(errs, err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
	}
	return config, errors.Join(errs...)
}
