package envoy

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

const guest = "envoy/testdata/guest"

func TestMain(m *testing.M) {
	code := m.Run()
	if err := envoytest.Cleanup(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// seen is a request as an upstream got it.
type seen struct {
	Method, Path, Host string
	Header             http.Header
	Body               []byte
}

// upstream is a provider: it records what it gets and answers as answer says.
type upstream struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func newUpstream(t *testing.T, answer http.HandlerFunc) *upstream {
	t.Helper()
	u := unstarted(answer)
	u.Start()
	t.Cleanup(u.Close)
	return u
}

func unstarted(answer http.HandlerFunc) *upstream {
	u := &upstream{}
	u.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client of this attempt is gone: there is nobody to answer
		}
		u.mu.Lock()
		u.seen = append(u.seen, seen{r.Method, r.RequestURI, r.Host, r.Header.Clone(), body})
		u.mu.Unlock()
		answer(w, r)
	}))
	return u
}

// requests returns what the upstream got so far.
func (u *upstream) requests() []seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]seen(nil), u.seen...)
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // an attempt that was given up cannot be written to
	}
}

// place is a deployment of a test: where it is served, and its key.
type place struct {
	id    string
	url   string // scheme://host:port
	parts []abi.CredentialPart
}

// bearer is a literal key in the usual header.
func bearer(key string) []abi.CredentialPart {
	return []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: key}}}
}

// refused is where nothing listens.
const refused = "http://127.0.0.1:1"

// input makes what render works on, for the guest, with free ports.
func input(t *testing.T, places ...place) *envoyconfig.Input {
	t.Helper()
	in := &envoyconfig.Input{
		Config: abi.Config{
			Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: "0123456789ab",
			Limits: abi.Limits{MaxBodyBytes: abi.DefaultMaxBodyBytes}, Breaker: abi.DefaultBreaker,
			Retry: abi.DefaultRetry, Health: abi.Health{MinModels: abi.DefaultMinModels}, OnError: abi.OnErrorDeny,
		},
		Listen: envoyconfig.Address{Host: "127.0.0.1"}, Admin: envoyconfig.Address{Host: "127.0.0.1"},
		Module: envoytest.Build(t, guest), CABundle: envoyconfig.DefaultCABundle,
	}
	group := abi.ModelGroup{Name: "m", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, WhenAllOpen: abi.WhenAllOpenRefuse}
	for _, p := range places {
		u, err := url.Parse(p.url)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			t.Fatal(err)
		}
		d := abi.Deployment{
			ID: p.id, Provider: "openai", Model: "m", Cluster: "routeiq_" + p.id, Authority: p.id + ".test", Share: 1,
			Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}},
		}
		if len(p.parts) > 0 {
			d.Credential = p.id
			in.Credentials = append(in.Credentials, abi.Credential{Name: p.id, Parts: p.parts})
		}
		in.Clusters = append(in.Clusters, abi.Cluster{Name: d.Cluster, Scheme: u.Scheme, Host: u.Hostname(), Port: port, ConnectTimeoutMS: 1000})
		group.Deployments = append(group.Deployments, d)
	}
	in.Config.Groups = []abi.ModelGroup{group}
	return in
}

// render gives the file as routeiq-agent would print it.
func render(t *testing.T, in *envoyconfig.Input) []byte {
	t.Helper()
	file, err := envoyconfig.File(in, envoyconfig.Head{Source: "a test"})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// start runs Envoy with the rendered file, unedited.
func start(t *testing.T, places ...place) *envoytest.Envoy {
	t.Helper()
	return envoytest.Start(t, render(t, input(t, places...)), envoytest.Options{})
}

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// send posts a body with a plan and further headers (name, value, name, value, …).
func send(t *testing.T, e *envoytest.Envoy, plan, body string, headers ...string) answer {
	t.Helper()
	got, err := post(e, plan, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// post is send for goroutines that are not the test's own.
func post(e *envoytest.Envoy, plan, body string, headers ...string) (answer, error) {
	req, err := http.NewRequest(http.MethodPost, e.URL+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if plan != "" {
		req.Header.Set("x-plan", plan)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(got)}, err
}

// client decodes nothing by itself and keeps no connection, so that each test sees what Envoy sent.
var client = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}

// silent is an address that accepts connections and never answers.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "http://" + l.Addr().String()
}
