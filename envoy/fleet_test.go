package envoy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/conformance/freeport"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/envoy/faults/engine"
	"github.com/routeiq/routeiq/envoy/faults/engine/enginetest"
)

// swaps is how often the fleet's configuration changes under load: go test ./envoy -run TestFleet -args -swaps 100
var swaps = flag.Int("swaps", 15, "how often the configuration of a fleet changes")

// agent is routeiq-agent as people run it: a process, a file, two ports.
type agent struct {
	t          *testing.T
	tools      engine.Tools
	config     string // the file's path
	state      string
	args       []string
	cmd        *exec.Cmd
	log        *lockedBuffer
	xds, admin string
}

// lockedBuffer takes the log of a process while a test may read it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the agent, on the ports of the one before if there was one.
func (a *agent) start() {
	a.t.Helper()
	xds, admin := "127.0.0.1:0", "127.0.0.1:0"
	if a.xds != "" {
		xds, admin = a.xds, strings.TrimPrefix(a.admin, "http://")
	}
	a.cmd = exec.Command(a.tools.Agent, append([]string{
		"run", "--config", a.config, "--state-dir", a.state, "--xds", xds, "--admin", admin, "--listen", "127.0.0.1:0",
		"--module", a.tools.Module, "--report-every", "1s",
	}, a.args...)...)
	a.cmd.Env = append(os.Environ(), "ADMIN_API_KEY=planted-admin", "CONFIG_SYNC_INTERVAL=1")
	a.cmd.Stderr = a.log
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.xds, a.admin = "", ""
	for lines := bufio.NewScanner(out); (a.xds == "" || a.admin == "") && lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "xDS on "); ok {
			a.xds = at
		}
		if at, ok := strings.CutPrefix(lines.Text(), "admin on "); ok {
			a.admin = at
		}
	}
	if a.xds == "" || a.admin == "" {
		a.t.Fatalf("the agent does not say where it is:\n%s", a.log)
	}
}

// kill ends the agent as a machine that fails does.
func (a *agent) kill() {
	if err := a.cmd.Process.Kill(); err != nil {
		a.t.Error(err)
	}
	_ = a.cmd.Wait() // it was killed: that is its error
}

func newAgent(t *testing.T, tools engine.Tools, text string, args ...string) *agent {
	t.Helper()
	a := &agent{t: t, tools: tools, config: filepath.Join(t.TempDir(), "config.yaml"), state: t.TempDir(), args: args, log: &lockedBuffer{}}
	a.write(text)
	a.start()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("the agent's log:\n%s", a.log)
		}
		if strings.Contains(a.log.String(), "sk-") || strings.Contains(a.log.String(), "planted") {
			t.Error("a secret is in the agent's log")
		}
	})
	return a
}

// write replaces the configuration as an editor does.
func (a *agent) write(text string) {
	a.t.Helper()
	next := a.config + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	if err := os.Rename(next, a.config); err != nil {
		a.t.Fatal(err)
	}
}

// status is what /config/status says.
type status struct {
	Revision string `json:"revision"`
	State    string `json:"state"`
	Last     *struct {
		Step, Reason string
	} `json:"last_error"`
	Held  *struct{ Step string } `json:"held"`
	Nodes []struct {
		ID           string
		Connected    bool
		Acknowledged bool
	} `json:"nodes"`
}

// until waits until the agent's status is as it should be.
func (a *agent) until(what string, ok func(s *status) bool) *status {
	a.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); ; <-tick.C {
		response, err := http.Get(a.admin + "/config/status")
		if err != nil {
			a.t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close() // it was read to its end
		var s status
		if err == nil {
			err = json.Unmarshal(text, &s)
		}
		if err != nil {
			a.t.Fatalf("%v: %s", err, text)
		}
		if ok(&s) {
			return &s
		}
		if time.Now().After(end) {
			a.t.Fatalf("%s: it is not: %s", what, text)
		}
	}
}

// runs tells whether so many proxies run what is active.
func runs(n int) func(*status) bool {
	return func(s *status) bool {
		got := 0
		for _, node := range s.Nodes {
			if node.Connected && node.Acknowledged {
				got++
			}
		}
		return s.Revision != "" && got == n
	}
}

// join starts an Envoy with the bootstrap that the agent prints.
func (a *agent) join(node string) *envoytest.Envoy {
	a.t.Helper()
	text, err := exec.Command(a.tools.Agent, "bootstrap", "--xds", a.xds, "--node-id", node, "--admin", "127.0.0.1:0").Output()
	if err != nil {
		a.t.Fatal(err)
	}
	return envoytest.Start(a.t, text, envoytest.Options{})
}

// host starts a routeiq-host that follows the agent, and returns it as what requests are sent to.
func (a *agent) host(node string) *envoytest.Envoy {
	a.t.Helper()
	at := fmt.Sprintf("127.0.0.1:%d", freeport.For(a.t))
	log := &lockedBuffer{}
	cmd := exec.Command(a.tools.Host, "--agent", a.admin, "--node-id", node, "--state-dir", a.t.TempDir(), "--listen", at, "--admin", "127.0.0.1:0")
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			a.t.Error(err)
		}
		_ = cmd.Wait() // it was killed: that is its error
		if a.t.Failed() {
			a.t.Logf("the host's log:\n%s", log)
		}
	})
	h := &envoytest.Envoy{URL: "http://" + at}
	eventually(a.t, "the host serves", func() bool { got, err := askChat(h, false); return err == nil && got.status == 200 })
	return h
}

// TestFleet: a file, an agent, two Envoys and a host, all as processes. The file changes again and again while they serve: no
// request fails, no stream is cut, each ends on the revision it began with. Then what is wrong is held off, what fails is taken
// back by itself, and the fleet serves on while the agent is gone.
func TestFleet(t *testing.T) {
	t.Parallel()
	tools := enginetest.Tools(t)
	first, second, broken := model(t), model(t), newUpstream(t, says(http.StatusInternalServerError, `{"error":{"message":"no"}}`))
	// text is the i-th configuration: a strategy, a deployment more or less, a key.
	text := func(i int) string {
		strategy := []string{"simple-shuffle", "round-robin"}[i%2]
		deployments := [][3]string{{"a", first.URL, fmt.Sprintf("sk-a%d", i)}}
		if i%3 > 0 {
			deployments = append(deployments, [3]string{"b", second.URL, "sk-b"})
		}
		return configOf(strategy, deployments...) + "breaker: {enabled: false} # what it remembers of a failing revision would outlive that\n"
	}
	a := newAgent(t, tools, text(0), "--watch", "10s")
	proxies := []*envoytest.Envoy{a.join("edge-1"), a.join("edge-2"), a.host("host-1")}
	s := a.until("run by all", runs(len(proxies)))

	l := &load{stop: make(chan struct{}), ids: map[string]string{}}
	for _, p := range proxies {
		startLoad(p, l)
	}
	began := time.Now()
	for i := range *swaps {
		a.write(text(i + 1))
		before := s.Revision
		s = a.until("another revision", func(s *status) bool { return s.Revision != before && s.Last == nil })
	}
	took := time.Since(began)
	s = a.until("run by all", runs(len(proxies)))
	t.Logf("%d swaps in %v, run by all after %v", *swaps, took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))

	a.write("model_list:\n  - {model_name: chat, litellm_p") // half of a file
	wrong := a.until("wrong", func(s *status) bool { return s.Last != nil })
	if wrong.Last.Step != "parse" || wrong.Revision != s.Revision {
		t.Errorf("half of a file: %+v", wrong)
	}
	a.kill() // and its source is of no use when it starts again
	for _, p := range proxies {
		if got, err := askChat(p, false); err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) != s.Revision {
			t.Errorf("without an agent: %+v, %v", got, err)
		}
	}
	a.start()
	a.until("run by all, after a restart", func(now *status) bool { return runs(len(proxies))(now) && now.Revision == s.Revision })
	a.write(text(*swaps + 1))
	good := a.until("run by all", func(now *status) bool {
		return runs(len(proxies))(now) && now.Revision != s.Revision && now.State == "good"
	})

	close(l.stop)
	l.wg.Wait()
	if len(l.wrong) > 0 || l.slow == 0 {
		t.Errorf("%d of %d requests failed: %q", len(l.wrong), l.asked, l.wrong[:min(5, len(l.wrong))])
	}
	ended := 0
	for _, p := range proxies[:2] {
		ended += l.ended(t, p)
	}
	t.Logf("%d requests, %d streams, %d of them found in the Envoys' logs", l.asked, l.slow, ended)
	if ended == 0 {
		t.Error("no stream is in the logs")
	}

	ask := func(n int) {
		for range n {
			for _, p := range proxies {
				if _, err := askChat(p, false); err != nil {
					t.Error(err)
				}
			}
		}
	}
	ask(60) // what to compare with
	a.write(configOf("simple-shuffle", [3]string{"a", broken.URL, "sk-a"}) + "breaker: {enabled: false}\n")
	a.until("run by all", func(now *status) bool { return runs(len(proxies))(now) && now.Revision != good.Revision })
	ask(60)
	back := a.until("back", func(now *status) bool {
		return runs(len(proxies))(now) && now.Revision == good.Revision && now.Held != nil
	})
	if back.Last == nil || back.Last.Step != "watch" {
		t.Errorf("it came back for %+v", back.Last)
	}
	for _, p := range proxies {
		if got, err := askChat(p, false); err != nil || got.status != 200 || got.header.Get(abi.HeaderRevision) != good.Revision {
			t.Errorf("after it came back: %+v, %v", got, err)
		}
	}
}
