// Package engine runs the two data planes as the programs people run: routeiq-host, and a stock Envoy with the file that
// `routeiq-agent render` prints, unedited. Linux only: it reads /proc.
package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/envoy/process"
)

// Kind is a data plane.
type Kind string

// The data planes.
const (
	Host  Kind = "host"
	Envoy Kind = "Envoy"
)

// Kinds are all of them.
var Kinds = []Kind{Host, Envoy}

// Tools are the programs that are run, by their paths.
type Tools struct{ Host, Agent, Envoy, Module string }

// Check tells of every program that is not there.
func (t Tools) Check() error {
	var errs []error
	for _, tool := range []struct{ path, how string }{
		{t.Host, "make build"}, {t.Agent, "make build"}, {t.Module, "make build"}, {t.Envoy, "make venv"},
	} {
		if _, err := os.Stat(tool.path); err != nil {
			errs = append(errs, fmt.Errorf("%w: run `%s`", err, tool.how))
		}
	}
	return errors.Join(errs...)
}

// Options say how to run one.
type Options struct {
	Config  string    // LiteLLM's YAML
	Dir     string    // a folder for scratch files
	Workers int       // VMs of the host, threads of Envoy
	Stdout  io.Writer // gets the log with the decisions, see Decision; nil: it is written, and not kept
}

// Proxy is a data plane that runs.
type Proxy struct {
	*process.Process
	Kind  Kind
	URL   string // http://127.0.0.1:PORT, of clients
	Admin string // likewise, of the status
}

const (
	// readyWithin is long: a machine that runs tests is busy, and a module may have to be compiled.
	readyWithin = 2 * time.Minute
	// tries is how often other ports are tried: between finding a free one and using it somebody else may take it.
	tries = 3
)

// Start runs a data plane and waits until it serves.
func (t Tools) Start(ctx context.Context, kind Kind, o Options) (p *Proxy, err error) {
	config := filepath.Join(o.Dir, "config.yaml")
	if err := os.WriteFile(config, []byte(o.Config), 0o600); err != nil {
		return nil, err
	}
	for range tries {
		if p, err = t.try(ctx, kind, o, config); err == nil {
			return p, nil
		}
	}
	return nil, err
}

func (t Tools) try(ctx context.Context, kind Kind, o Options, config string) (*Proxy, error) {
	listen, err1 := freeAddress()
	admin, err2 := freeAddress()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	p := &Proxy{Kind: kind, URL: "http://" + listen, Admin: "http://" + admin}
	command := process.Command{Name: "routeiq-host", Path: t.Host, Stdout: o.Stdout, Args: []string{
		"--config", config, "--listen", listen, "--admin", admin, "--concurrency", strconv.Itoa(o.Workers),
		"--module", t.Module, "--cache-dir", filepath.Join(o.Dir, "cache"),
	}}
	if kind == Envoy {
		file, err := t.render(ctx, config, listen, admin)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(o.Dir, "envoy.yaml")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			return nil, err
		}
		// Envoy writes its access log every ten seconds unless it is told otherwise.
		command = process.Command{Name: "Envoy", Path: t.Envoy, Stdout: o.Stdout, Args: []string{
			"-c", path, "--concurrency", strconv.Itoa(o.Workers), "--disable-hot-restart", "--file-flush-interval-msec", "20",
			"--log-level", "error",
		}}
	}
	var err error
	if p.Process, err = process.Start(command); err != nil {
		return nil, err
	}
	if _, err := p.Await(readyWithin, func() error { return p.alive(ctx) }); err != nil {
		return nil, errors.Join(err, ctx.Err(), p.Stop())
	}
	return p, nil
}

// alive asks the clients' port whether somebody answers there.
func (p *Proxy) alive(ctx context.Context) error {
	status, body, err := get(ctx, p.URL+"/_health/live")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s/_health/live: %d %.200q", p.URL, status, body)
	}
	return err
}

// render runs the agent.
func (t Tools) render(ctx context.Context, config, listen, admin string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.Agent, "render", config, "--listen", listen, "--envoy-admin", admin, "--module", t.Module)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("routeiq-agent render: %w\n%s", err, &problems)
	}
	return out.Bytes(), nil
}

// freeAddress returns HOST:PORT of the loopback on which nothing listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// asking is the client of short questions.
var asking = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// get asks for a page.
func get(ctx context.Context, url string, headers ...[2]string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	for _, h := range headers {
		r.Header.Set(h[0], h[1])
	}
	answer, err := asking.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// Decision cuts the decision out of a line of the log of either data plane; nil: there is none in it.
func Decision(line []byte) []byte {
	var l struct{ Decision json.RawMessage }
	if err := json.Unmarshal(line, &l); err != nil || len(l.Decision) == 0 {
		return nil
	}
	if l.Decision[0] != '[' { // the host
		return l.Decision
	}
	var list []json.RawMessage // Envoy
	if err := json.Unmarshal(l.Decision, &list); err != nil || len(list) == 0 {
		return nil
	}
	return list[0]
}
