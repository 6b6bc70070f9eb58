package upstream

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// clusterFor makes a cluster of a test server's URL.
func clusterFor(t *testing.T, address string, change func(*abi.Cluster)) *Cluster {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := abi.Cluster{Name: "test", Scheme: u.Scheme, Host: u.Hostname(), ConnectTimeoutMS: 1000}
	if _, err := fmt.Sscan(u.Port(), &c.Port); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&c)
	}
	pool := NewPool()
	t.Cleanup(pool.Close)
	cluster, err := pool.Cluster(c)
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func TestRequestOnTheWire(t *testing.T) {
	tests := []struct {
		name    string
		request Request
		want    []string
		lacks   []string
	}{
		{"body and authority", Request{Method: "POST", Target: "/v1/%2Fx/a%20b?q=%20&r", Authority: "api.example", Body: []byte("hello"), Header: http.Header{"X-A": {"1", "2"}}},
			[]string{"POST /v1/%2Fx/a%20b?q=%20&r HTTP/1.1", "Host: api.example", "Content-Length: 5", "X-A: 1", "X-A: 2"},
			[]string{"User-Agent", "Accept-Encoding", "Transfer-Encoding"}},
		{"no body", Request{Method: "GET", Target: "/?", Header: http.Header{"User-Agent": {"me"}}},
			[]string{"GET /? HTTP/1.1", "User-Agent: me"}, []string{"Content-Length", "Transfer-Encoding"}},
		{"empty body", Request{Method: "POST", Target: "/", Body: []byte{}, Header: http.Header{}}, []string{"Content-Length: 0"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, got := rawServer(t, "HTTP/1.1 204 No Content\r\nX-B: c\r\n\r\n")
			response, failure := clusterFor(t, address, nil).Do(t.Context(), &tt.request)
			if failure != nil {
				t.Fatal(failure)
			}
			if response.Status != 204 || response.Header.Get("X-B") != "c" || response.Address == "" {
				t.Errorf("%+v", response)
			}
			check(t, response.Body.Close())
			head := <-got
			for _, line := range tt.want {
				if !strings.Contains(head, line+"\r\n") {
					t.Errorf("%q is not in %q", line, head)
				}
			}
			for _, text := range tt.lacks {
				if strings.Contains(head, text) {
					t.Errorf("%q is in %q", text, head)
				}
			}
		})
	}
}

// rawServer answers one request with bytes, and gives the request's head.
func rawServer(t *testing.T, answer string) (address string, head <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { check(t, conn.Close()) }()
		r := bufio.NewReader(conn)
		text := ""
		for !strings.HasSuffix(text, "\r\n\r\n") {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			text += line
		}
		got <- text
		if _, err := io.WriteString(conn, answer); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { check(t, l.Close()); <-done })
	return "http://" + l.Addr().String(), got
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// refusing returns an address nobody listens at.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	check(t, l.Close())
	return "http://" + l.Addr().String()
}

func TestFailures(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewUnstartedServer(http.NotFoundHandler())
	plain.Config.ErrorLog = quiet()
	plain.Start()
	t.Cleanup(plain.Close)
	answering := func(text string) string { address, _ := rawServer(t, text); return address }
	tests := []struct {
		name    string
		address string
		change  func(*abi.Cluster)
		flag    uint64
		details string
		status  int
	}{
		{"refused", refusing(t), nil, FlagConnectFailure, "upstream_reset_before_response_started{remote_connection_failure|connection_refused}", 503},
		{"name", "http://127.0.0.1:1", func(c *abi.Cluster) { c.Host = "no-such-host.invalid" }, FlagConnectFailure,
			"upstream_reset_before_response_started{remote_connection_failure|name_resolution_failure}", 503},
		{"closed before the answer", answering(""), nil, FlagTermination, "upstream_reset_before_response_started{connection_termination}", 503},
		{"half the headers", answering("HTTP/1.1 200 OK\r\nX-A: b\r\n"), nil, FlagTermination, "upstream_reset_before_response_started{connection_termination}", 503},
		{"no HTTP", answering("SSH-2.0-OpenSSH\r\n\r\n"), nil, FlagProtocolError, "upstream_reset_before_response_started{protocol_error}", 502},
		{"certificate", secure.URL, nil, FlagConnectFailure, "upstream_reset_before_response_started{remote_connection_failure|certificate_of_an_unknown_authority}", 503},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), nil, FlagConnectFailure,
			"upstream_reset_before_response_started{remote_connection_failure|the_upstream_does_not_speak_TLS}", 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, failure := clusterFor(t, tt.address, tt.change).Do(t.Context(), &Request{Method: "POST", Target: "/secret", Header: http.Header{}, Body: []byte("x")})
			if failure == nil || failure.Flag != tt.flag || failure.Details(false) != tt.details || failure.Status != tt.status {
				t.Fatalf("%+v %q", failure, failure.Details(false))
			}
			if strings.Contains(failure.Details(false), "secret") {
				t.Error("the path is in the details")
			}
		})
	}
}

func TestCancelledAttempt(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, failure := clusterFor(t, server.URL, nil).Do(ctx, &Request{Method: "GET", Target: "/", Header: http.Header{}}); failure == nil || !errors.Is(failure, context.Canceled) {
		t.Errorf("%v", failure)
	}
}

func TestBrokenBody(t *testing.T) {
	address, _ := rawServer(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	response, failure := clusterFor(t, address, nil).Do(t.Context(), &Request{Method: "GET", Target: "/", Header: http.Header{}})
	if failure != nil {
		t.Fatal(failure)
	}
	body, err := io.ReadAll(response.Body)
	if string(body) != "half" || err == nil {
		t.Fatalf("%q %v", body, err)
	}
	if f := Broken(err); f.Flag != FlagTermination || f.Details(true) != "upstream_reset_after_response_started{connection_termination}" {
		t.Errorf("%+v", f)
	}
	check(t, response.Body.Close())
}

func TestTLSAndHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check(t, err)
		w.Header().Set("X-Proto", r.Proto)
		w.Header().Set("X-Name", r.TLS.ServerName)
		w.Header().Set(http.TrailerPrefix+"X-End", "done")
		if _, err := w.Write(bytes.ToUpper(body)); err != nil {
			t.Error(err)
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	cluster := clusterFor(t, server.URL, func(c *abi.Cluster) { c.InsecureTLS, c.Host = true, "localhost" })
	response, failure := cluster.Do(t.Context(), &Request{Method: "POST", Target: "/", Authority: "other.example", Body: bytes.Repeat([]byte("a"), 100_000), Header: http.Header{}})
	if failure != nil {
		t.Fatal(failure)
	}
	body, err := io.ReadAll(response.Body)
	check(t, err)
	check(t, response.Body.Close())
	if len(body) != 100_000 || response.Header.Get("X-Proto") != "HTTP/2.0" || response.Header.Get("X-Name") != "localhost" {
		t.Errorf("%d bytes, %v", len(body), response.Header)
	}
	if response.Trailer().Get("X-End") != "done" {
		t.Errorf("trailers %v", response.Trailer())
	}
}

func TestGzipStaysAndRedirectsAreAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(307)
		if _, err := io.WriteString(w, "not gzip at all"); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	response, failure := clusterFor(t, server.URL, nil).Do(t.Context(), &Request{Method: "GET", Target: "/", Header: http.Header{}})
	if failure != nil {
		t.Fatal(failure)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Status != 307 || string(body) != "not gzip at all" || response.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %q %v", response.Status, body, err)
	}
	check(t, response.Body.Close())
}

func TestClustersShareConnections(t *testing.T) {
	pool := NewPool()
	a, err := pool.Cluster(abi.Cluster{Name: "a", Scheme: "http", Host: "x", Port: 80})
	check(t, err)
	b, err := pool.Cluster(abi.Cluster{Name: "b", Scheme: "https", Host: "::1", Port: 443, ConnectTimeoutMS: 5000})
	check(t, err)
	c, err := pool.Cluster(abi.Cluster{Name: "c", Scheme: "https", Host: "x", Port: 443, InsecureTLS: true})
	check(t, err)
	if a.transport != b.transport || a.transport == c.transport || b.address != "[::1]:443" {
		t.Errorf("%+v %+v %+v", a, b, c)
	}
	if !c.transport.TLSClientConfig.InsecureSkipVerify || a.transport.TLSClientConfig.InsecureSkipVerify || a.transport.TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Error("verification is on unless a cluster says otherwise")
	}
}

func TestClusterIsRefusedWithEveryReason(t *testing.T) {
	_, err := NewPool().Cluster(abi.Cluster{Name: "x", Scheme: "ftp", Host: "a/b", Port: 70000})
	for _, want := range []string{`cluster "x"`, `"ftp"`, `"a/b"`, "70000"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

func TestProxyIsUsed(t *testing.T) {
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.RequestURI }))
	t.Cleanup(proxy.Close)
	pool := NewPool()
	t.Cleanup(pool.Close)
	proxyURL, err := url.Parse(proxy.URL)
	check(t, err)
	pool.proxy = http.ProxyURL(proxyURL)
	cluster, err := pool.Cluster(abi.Cluster{Name: "x", Scheme: "http", Host: "upstream.invalid", Port: 8080})
	check(t, err)
	response, failure := cluster.Do(t.Context(), &Request{Method: "GET", Target: "/p?q", Header: http.Header{}})
	if failure != nil {
		t.Fatal(failure)
	}
	check(t, response.Body.Close())
	if got := <-asked; got != "http://upstream.invalid:8080/p?q" {
		t.Errorf("the proxy was asked for %q", got)
	}
}
