package envoytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options says how to run an Envoy. The zero value is good.
type Options struct {
	Concurrency int           // worker threads; 0 is 2
	Dir         string        // the folder that relative file names in the configuration mean; empty: the test's
	Env         []string      // NAME=value, added to the test's environment
	LogLevel    string        // Envoy's --log-level; empty is "info"
	Within      time.Duration // how long it may take to be ready; 0 is a minute
}

// Envoy is a running Envoy.
type Envoy struct {
	// URL is http://HOST:PORT of the first listener, as Envoy bound it; empty when there is none.
	URL string
	// AdminURL is http://HOST:PORT of the admin listener.
	AdminURL string
	// ReadyIn is the time from the start of the process until it said it was ready.
	ReadyIn time.Duration

	t      testing.TB
	cmd    *exec.Cmd
	stdout *lines // the access log
	stderr *lines // Envoy's own log
	exited chan struct{}
	err    error // of Wait, once exited is closed
}

const (
	readyWithin = time.Minute
	stopWithin  = 10 * time.Second
	pollEvery   = 10 * time.Millisecond
	// flushEvery makes Envoy write its access log soon: the default is 10 s.
	flushEvery = "20"
)

var admin = &http.Client{Timeout: 10 * time.Second}

// Start runs Envoy with a configuration, unedited, and waits until it serves. Ports may be 0: URL and AdminURL tell those
// Envoy took. The process is stopped when the test ends; its log is shown only if the test failed.
func Start(t testing.TB, config []byte, o Options) *Envoy {
	t.Helper()
	if o.Concurrency == 0 {
		o.Concurrency = 2
	}
	if o.LogLevel == "" {
		o.LogLevel = "info"
	}
	if o.Within == 0 {
		o.Within = readyWithin
	}
	address := filepath.Join(t.TempDir(), "admin-address")
	// Not exec.CommandContext with the test's context: that is cancelled before the clean-up, and Envoy would be killed
	// before it wrote the last lines of its logs.
	e := &Envoy{t: t, stdout: newLines(), stderr: newLines(), exited: make(chan struct{})}
	e.cmd = exec.Command(Binary(t),
		"-c", write(t, config), "--concurrency", strconv.Itoa(o.Concurrency), "--log-level", o.LogLevel,
		"--admin-address-path", address, "--disable-hot-restart", "--file-flush-interval-msec", flushEvery)
	e.cmd.Dir, e.cmd.Stdout, e.cmd.Stderr = o.Dir, e.stdout, e.stderr
	e.cmd.Env = append(os.Environ(), o.Env...)
	began := time.Now()
	if err := e.cmd.Start(); err != nil {
		t.Fatalf("envoytest: %v", err)
	}
	go func() {
		e.err = e.cmd.Wait()
		close(e.exited)
	}()
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("envoy's log:\n%s\nenvoy's access log:\n%s", e.Log(), e.stdout.String())
		}
	})
	e.await(address, began.Add(o.Within))
	e.ReadyIn = time.Since(began)
	e.URL = e.listener()
	return e
}

// await returns when the admin listener says LIVE. Envoy gives no other sign than its answer, so it is asked again and
// again; a process that exits meanwhile ends the wait at once.
func (e *Envoy) await(addressFile string, until time.Time) {
	e.t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	last := "the admin listener has no address yet"
	for time.Now().Before(until) {
		select {
		case <-e.exited:
			e.t.Fatalf("envoytest: Envoy exited before it was ready: %v", e.err)
		case <-tick.C:
		}
		if e.AdminURL == "" {
			address, err := os.ReadFile(addressFile)
			if err != nil || len(address) == 0 {
				continue
			}
			e.AdminURL = "http://" + strings.TrimSpace(string(address))
		}
		body, err := e.admin("/ready")
		if err == nil && strings.TrimSpace(body) == "LIVE" {
			return
		}
		last = fmt.Sprintf("/ready: %q, %v", body, err)
	}
	e.t.Fatalf("envoytest: Envoy is not ready in time; %s", last)
}

// listener returns the URL of the first listener.
func (e *Envoy) listener() string {
	e.t.Helper()
	var doc struct {
		ListenerStatuses []struct {
			LocalAddress struct {
				SocketAddress struct {
					Address   string `json:"address"`
					PortValue int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal([]byte(e.Admin("/listeners?format=json")), &doc); err != nil {
		e.t.Fatalf("envoytest: /listeners: %v", err)
	}
	if len(doc.ListenerStatuses) == 0 {
		return ""
	}
	a := doc.ListenerStatuses[0].LocalAddress.SocketAddress
	return fmt.Sprintf("http://%s:%d", a.Address, a.PortValue)
}

// PID returns the process's id.
func (e *Envoy) PID() int { return e.cmd.Process.Pid }

// Log returns Envoy's own log so far.
func (e *Envoy) Log() string { return e.stderr.String() }

// Admin returns the admin listener's answer to GET path.
func (e *Envoy) Admin(path string) string {
	e.t.Helper()
	body, err := e.admin(path)
	if err != nil {
		e.t.Fatalf("envoytest: admin %s: %v", path, err)
	}
	return body
}

func (e *Envoy) admin(path string) (string, error) {
	resp, err := admin.Get(e.AdminURL + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// Stats returns the counters and gauges whose name matches a regular expression.
func (e *Envoy) Stats(filter string) map[string]int64 {
	e.t.Helper()
	stats := map[string]int64{}
	for line := range strings.Lines(e.Admin("/stats?filter=" + url.QueryEscape(filter))) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if n, err := strconv.ParseInt(value, 10, 64); ok && err == nil {
			stats[name] = n
		}
	}
	return stats
}

// AccessLog waits for n access log lines and returns all there are; fewer within ten seconds fail the test.
func (e *Envoy) AccessLog(n int) []string {
	e.t.Helper()
	got, ok := e.stdout.await(stopWithin, func(lines []string) bool { return len(lines) >= n })
	if !ok {
		e.t.Fatalf("envoytest: %d access log lines, expected %d:\n%s", len(got), n, strings.Join(got, "\n"))
	}
	return got
}

// Stop ends the process and waits for it. It may be called more than once.
func (e *Envoy) Stop() error {
	select {
	case <-e.exited:
		return nil
	default:
	}
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("envoytest: %w", err)
	}
	select {
	case <-e.exited:
		return nil
	case <-time.After(stopWithin):
	}
	if err := e.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("envoytest: %w", err)
	}
	<-e.exited
	return fmt.Errorf("envoytest: Envoy (pid %d) did not stop in %s and was killed", e.PID(), stopWithin)
}
