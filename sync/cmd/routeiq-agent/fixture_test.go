package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/follow"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

// asAgent makes the test's own binary the agent, so that it can be a process that is killed.
const asAgent = "ROUTEIQ_TEST_AS_AGENT"

// Such an agent kills itself at the step that killAt names, if the file that killFile names is there.
const (
	killAt   = "ROUTEIQ_TEST_KILL_AT"
	killFile = "ROUTEIQ_TEST_KILL_FILE"
)

func TestMain(m *testing.M) {
	if os.Getenv(asAgent) != "" {
		p := &process{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv, signals: signals}
		if at := os.Getenv(killAt); at != "" {
			p.step = func(s agent.Step) {
				if _, err := os.Stat(os.Getenv(killFile)); err == nil && string(s) == at {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing comes back from it
				}
			}
		}
		os.Exit(p.run(os.Args[1:]))
	}
	os.Exit(postgrestest.Main(m))
}

// agentProcess is a running agent.
type agentProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *vmtest.Logs
	admin string // http://…
	ended chan error
}

// startAgent starts an agent as a process of its own. Its administrator's key is "planted-admin".
func startAgent(t *testing.T, state string, env []string, args ...string) *agentProcess {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := &agentProcess{t: t, log: &vmtest.Logs{}, ended: make(chan error, 1)}
	a.cmd = exec.Command(exe, append([]string{"run", "--state-dir", state, "--cache-dir", cache(t), "--wasm", moduleFile(t), "--report-every", "1s", "--acknowledge", "15s"}, args...)...)
	a.cmd.Env = append([]string{asAgent + "=1", "ADMIN_API_KEY=planted-admin", "CONFIG_SYNC_INTERVAL=1", "HOME=" + state, "PATH=" + os.Getenv("PATH")}, env...)
	a.cmd.Stderr = a.log
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if a.cmd.ProcessState == nil {
			a.kill()
		}
		if t.Failed() {
			t.Logf("the agent's log:\n%s", a.log)
		}
		if strings.Contains(a.log.String(), "planted") {
			t.Error("a secret is in the agent's log")
		}
	})
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		if at, ok := strings.CutPrefix(scanner.Text(), "admin on "); ok {
			a.admin = at
			break
		}
	}
	if a.admin == "" {
		t.Fatalf("the agent does not say where it is: %v\n%s", a.cmd.Wait(), a.log)
	}
	go func() {
		_, _ = io.Copy(io.Discard, out) // until it ends
		a.ended <- a.cmd.Wait()
	}()
	return a
}

// kill ends it without a chance to do anything more.
func (a *agentProcess) kill() {
	if err := a.cmd.Process.Kill(); err != nil {
		a.t.Error(err)
	}
	<-a.ended
}

var (
	modulePath, cachePath string
	once                  sync.Once
)

// prepare builds the module into a file, beside a folder for compiled code; both are for all tests.
func prepare(t *testing.T) {
	t.Helper()
	once.Do(func() {
		folder, err := os.MkdirTemp("", "routeiq-agent")
		if err != nil {
			t.Fatal(err)
		}
		modulePath, cachePath = filepath.Join(folder, "routeiq.wasm"), filepath.Join(folder, "cache")
		if err := os.WriteFile(modulePath, vmtest.Build(t, "../../../plugins/cmd/routeiq"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
}

func moduleFile(t *testing.T) string { prepare(t); return modulePath }
func cache(t *testing.T) string      { prepare(t); return cachePath }

// readModule reads the module.
func readModule(t *testing.T) []byte {
	t.Helper()
	wasm, err := os.ReadFile(moduleFile(t))
	if err != nil {
		t.Fatal(err)
	}
	return wasm
}

// statusOf is what the tests look at of /config/status.
type statusOf struct {
	Source   string  `json:"config_source"`
	Revision string  `json:"revision"`
	Text     string  `json:"source_revision"`
	State    string  `json:"state"`
	Models   int     `json:"model_count"`
	Leader   bool    `json:"leader"`
	Error    *string `json:"last_sync_error"`
	Last     *struct {
		Step, Reason, Since string
	} `json:"last_error"`
	Held  *struct{ Step string } `json:"held"`
	Nodes []struct {
		ID           string
		Connected    bool
		Acknowledged bool
		Running      struct{ Revision string }
	} `json:"nodes"`
}

// ask sends a request to the agent and reads its answer.
func (a *agentProcess) ask(method, path string, into any) int {
	a.t.Helper()
	r, err := http.NewRequest(method, a.admin+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer planted-admin")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = response.Body.Close()
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		a.t.Fatalf("%v: %s", err, text)
	}
	if strings.Contains(string(text), "planted") {
		a.t.Errorf("%s shows a secret: %s", path, text)
	}
	return response.StatusCode
}

// until waits until the status is as it should be.
func (a *agentProcess) until(what string, ok func(s *statusOf) bool) *statusOf {
	a.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		var s statusOf
		a.ask("GET", "/config/status", &s)
		if ok(&s) {
			return &s
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("%s: it is not: %+v", what, s)
		}
		time.Sleep(50 * time.Millisecond) // between two looks
	}
}

// acknowledged tells whether a number of proxies run what is active.
func acknowledged(n int) func(s *statusOf) bool {
	return func(s *statusOf) bool {
		got := 0
		for _, node := range s.Nodes {
			if node.Connected && node.Acknowledged {
				got++
			}
		}
		return s.Revision != "" && got == n
	}
}

// follower is a real host with the real module that follows an agent.
type follower struct {
	t      *testing.T
	mu     sync.Mutex
	host   *host.Host
	server *httptest.Server
}

// startHost starts a host and waits until it serves.
func startHost(t *testing.T, url, node string) *follower {
	t.Helper()
	wasm := readModule(t)
	f := &follower{t: t}
	agent, err := follow.New(follow.Options{URL: url, Node: node, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	take := func(ctx context.Context, c host.Config) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.host != nil {
			return f.host.Swap(ctx, c)
		}
		h, err := host.New(ctx, host.Options{Wasm: wasm, Concurrency: 1, CacheDir: cache(t), NodeID: node, Agent: agent}, c)
		if err == nil {
			f.host = h
		}
		return err
	}
	ctx, stop := context.WithCancel(t.Context())
	if err := agent.Start(ctx, take); err != nil {
		t.Fatal(err)
	}
	var run sync.WaitGroup
	run.Go(func() { agent.Run(ctx, take) })
	f.server = httptest.NewServer(f.host)
	t.Cleanup(func() {
		f.server.Close()
		stop()
		run.Wait()
		agent.Close()
		if err := f.host.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// chat asks for a model, and returns the status and the answer.
func (f *follower) chat(model string) (int, string) {
	f.t.Helper()
	response, err := http.Post(f.server.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"`+model+`","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		f.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = response.Body.Close()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// says waits until chats are answered with a word; none may fail meanwhile.
func (f *follower) says(word string) {
	f.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		status, text := f.chat("chat")
		if status == 200 && strings.Contains(text, word) {
			return
		}
		if status != 200 || time.Now().After(deadline) {
			f.t.Fatalf("%d %s", status, text)
		}
		time.Sleep(20 * time.Millisecond) // between two looks
	}
}

// upstream answers chats, or fails, as a test says.
type upstream struct {
	*httptest.Server
	fails atomic.Bool
}

func newUpstream(t *testing.T) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u.fails.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("content-type", "application/json")
		_, _ = io.Copy(w, bytes.NewReader([]byte(`{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",`+
			`"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}`))) // a client that left is seen elsewhere
	}))
	t.Cleanup(u.Close)
	return u
}

// replace puts a text in the place of a file, by rename.
func replace(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// mocked is a configuration whose one deployment answers with a word.
func mocked(word string) string {
	return fmt.Sprintf("model_list:\n  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, mock_response: %s}}\n", word)
}
