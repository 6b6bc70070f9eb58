package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
)

func TestBodyOverTheLimit(t *testing.T) {
	reached := &seen{}
	b := newBench(t, map[string]string{"a": upstreamServer(t, reached.handler(200))}, func(_ *Options, c *Config) {
		c.Document.Limits.MaxBodyBytes = 1000
	})
	if got := b.call(t, strings.Repeat("x", 1000), "x-attempts: a"); got.status != 200 {
		t.Errorf("a body of the limit: %+v", got)
	}
	if got := b.call(t, strings.Repeat("x", 1001), "x-attempts: a"); got.status != 413 || !strings.Contains(got.body, "request_payload_too_large") {
		t.Errorf("announced: %+v", got)
	}
	request, err := http.NewRequestWithContext(t.Context(), "POST", b.url+"/v1/x", io.MultiReader(strings.NewReader(strings.Repeat("x", 1001))))
	must(t, err)
	request.Header.Set("x-attempts", "a")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { must(t, response.Body.Close()) }()
	if response.StatusCode != 413 {
		t.Errorf("not announced: %d", response.StatusCode)
	}
	if requests, _ := reached.all(); len(requests) != 1 {
		t.Errorf("the upstream got %d requests", len(requests))
	}
}

// raw sends bytes to the host and returns the connection.
func (b *bench) raw(t *testing.T, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func TestExpectContinue(t *testing.T) {
	reached := &seen{}
	b := newBench(t, map[string]string{"a": upstreamServer(t, reached.handler(200))}, func(_ *Options, c *Config) { c.Document.Limits.MaxBodyBytes = 10 })
	head := "POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
	conn, r := b.raw(t, fmt.Sprintf(head, 5))
	if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q %v", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("%q %v", line, err)
	}
	must(t, conn.Close())
	if requests, bodies := reached.all(); len(requests) != 1 || bodies[0] != "hello|a" || requests[0].Header.Get("Expect") != "" {
		t.Errorf("%v", bodies)
	}
	conn, r = b.raw(t, fmt.Sprintf(head, 11)) // too large: it is refused before it is sent
	if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 413 Request Entity Too Large\r\n" {
		t.Errorf("%q %v", line, err)
	}
	must(t, conn.Close())
}

func TestBodyThatIsNotSent(t *testing.T) {
	b := newBench(t, nil, func(o *Options, _ *Config) { o.IdleTimeout = 50 * time.Millisecond })
	conn, r := b.raw(t, "POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: a\r\nContent-Length: 5\r\n\r\nhe")
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 408") {
		t.Errorf("slow: %q %v", line, err)
	}
	must(t, conn.Close())
	conn, r = b.raw(t, "POST /v1/x HTTP/1.1\r\nHost: h\r\nx-attempts: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
	if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 400") {
		t.Errorf("malformed: %q %v", line, err)
	}
	must(t, conn.Close())
}

func TestLocalAnswerOfTheModule(t *testing.T) {
	b := newBench(t, nil, nil)
	got := b.call(t, "hello", "x-mode: local")
	if got.status != 418 || got.body != "short and stout" || got.header.Get("X-Why") != "tea" || got.header.Get("Content-Type") != "text/plain" {
		t.Errorf("%+v", got)
	}
	if id := got.header.Get("X-Request-Id"); len(id) != 36 {
		t.Errorf("a request without an id got %q", id)
	}
	request, err := http.NewRequestWithContext(t.Context(), "HEAD", b.url, nil)
	must(t, err)
	request.Header.Set("x-mode", "local")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || len(body) != 0 || response.StatusCode != 418 {
		t.Errorf("HEAD: %d %q %v", response.StatusCode, body, err)
	}
	must(t, response.Body.Close())
}

func TestRequestID(t *testing.T) {
	if id := requestID(""); len(id) != 36 || id[14] != '4' || strings.Count(id, "-") != 4 {
		t.Errorf("none became %q", id)
	}
	for _, given := range []string{"a", "req_!~", "a b", strings.Repeat("x", 1000)} {
		if requestID(given) != given {
			t.Errorf("%q was not kept", given)
		}
	}
}

func TestSwap(t *testing.T) {
	release := make(chan struct{})
	slowly := func(w http.ResponseWriter, _ *http.Request) {
		must(t, http.NewResponseController(w).Flush())
		<-release
		if _, err := io.WriteString(w, "done"); err != nil {
			t.Error(err)
		}
	}
	b := newBench(t, map[string]string{"a": upstreamServer(t, slowly), "ok": upstreamServer(t, status(200, "old"))}, nil)
	slow := b.open(t, t.Context(), "hello", "x-attempts: a")
	if slow.Header.Get("X-Relay-Revision") != "r1" {
		t.Errorf("%v", slow.Header)
	}
	next := b.config
	next.Document.Revision = "r2"
	next.Clusters = []abi.Cluster{clusterAt(t, "ok", upstreamServer(t, status(200, "new")))}
	must(t, b.Swap(t.Context(), next))
	if got := b.call(t, "hello", "x-attempts: ok"); got.body != "new" || got.header.Get("X-Relay-Revision") != "r2" {
		t.Errorf("%+v", got)
	}
	refused := next
	refused.Document.Revision = "refuse"
	if err := b.Swap(t.Context(), refused); err == nil || !strings.Contains(err.Error(), "revision: this one is refused") {
		t.Errorf("error %v", err)
	}
	broken := next
	broken.Clusters = []abi.Cluster{{Name: "x", Scheme: "gopher"}, {Name: "y"}}
	if err := b.Swap(t.Context(), broken); err == nil || !strings.Contains(err.Error(), `"gopher"`) || !strings.Contains(err.Error(), `cluster "y"`) {
		t.Errorf("error %v", err)
	}
	if got := b.call(t, "hello", "x-attempts: ok"); got.body != "new" || got.header.Get("X-Relay-Revision") != "r2" {
		t.Errorf("after a refusal: %+v", got)
	}
	close(release)
	if body, err := io.ReadAll(slow.Body); err != nil || string(body) != "done" {
		t.Errorf("the exchange that began on the old configuration: %q %v", body, err)
	}
	must(t, slow.Body.Close())
}

// Requests and swaps at once: no request fails, each sees one whole configuration.
func TestSwapUnderLoad(t *testing.T) {
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine"))}, nil)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := b.call(t, "hello", "x-attempts: ok"); got.status != 200 || got.header.Get("X-Relay-Attempts") != "1" {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	for i := range 20 {
		next := b.config
		next.Document.Revision = fmt.Sprint("r", i)
		must(t, b.Swap(t.Context(), next))
	}
	close(stop)
	clients.Wait()
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	c := Config{Credentials: []abi.Credential{{Name: "k", Parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Env: "MY_KEY", Value: "sk-very\nsecret"}}}}}}
	_, err := c.ready(newPool(t))
	if err == nil || strings.Contains(err.Error(), "sk-very") || !strings.Contains(err.Error(), "MY_KEY") {
		t.Errorf("%v", err)
	}
}

func TestHTTP2AndTLS(t *testing.T) {
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine"))}, nil)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "POST", b.url, strings.NewReader("hello"))
	must(t, err)
	request.Header.Set("x-attempts", "ok")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "fine" || response.ProtoMajor != 2 {
		t.Errorf("%s %q %v", response.Proto, body, err)
	}
	must(t, response.Body.Close())
}

func TestDrain(t *testing.T) {
	release := make(chan struct{})
	b := newBench(t, map[string]string{"a": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		must(t, http.NewResponseController(w).Flush())
		<-release
		if _, err := io.WriteString(w, "done"); err != nil {
			t.Error(err)
		}
	})}, nil)
	response := b.open(t, t.Context(), "hello", "x-attempts: a")
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Drain(short); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1 requests") {
		t.Errorf("%v", err)
	}
	for _, path := range []string{"/_health/ready", "/health/readiness"} {
		ready, err := http.Get(b.url + path)
		if err != nil {
			t.Fatal(err)
		}
		must(t, ready.Body.Close())
		if ready.StatusCode != 503 {
			t.Errorf("%s: %d", path, ready.StatusCode)
		}
	}
	drained := make(chan error, 1)
	go func() { drained <- b.Drain(t.Context()) }()
	close(release)
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "done" {
		t.Errorf("%q %v", body, err)
	}
	must(t, response.Body.Close())
	must(t, <-drained)
}

// Many clients look for an answer only when they have sent their whole body: it must be there then.
func TestAnswerBeforeTheBodyHasCome(t *testing.T) {
	b := newBench(t, nil, func(_ *Options, c *Config) { c.Document.Limits.MaxBodyBytes = 1 << 20 })
	const size = 12 << 20
	for _, tt := range []struct{ name, headers, line string }{
		{"refused by the module", "x-mode: local\r\n", "HTTP/1.1 418"},
		{"over the limit", "x-attempts: a\r\n", "HTTP/1.1 413"},
	} {
		conn, r := b.raw(t, fmt.Sprintf("POST /v1/x HTTP/1.1\r\nHost: h\r\n%sContent-Length: %d\r\n\r\n", tt.headers, size))
		if _, err := io.WriteString(conn, strings.Repeat("x", size)); err != nil {
			t.Errorf("%s: the body could not be sent: %v", tt.name, err)
		}
		if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, tt.line) {
			t.Errorf("%s: %q %v", tt.name, line, err)
		}
		must(t, conn.Close())
	}
}
