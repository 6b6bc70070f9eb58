// Package upstream makes one attempt at one cluster over net/http, and says how it failed in Envoy's words. It decides
// nothing: which cluster, which headers and whether to try again is its caller's business.
package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// DefaultConnectTimeout bounds connecting where a cluster states nothing.
const DefaultConnectTimeout = 5 * time.Second

// idleTimeout closes an idle connection before the 60 s after which many load balancers do, so that no request is sent
// into a connection that is being closed.
const idleTimeout = 55 * time.Second

// Pool holds connections for all clusters of a process. Clusters with the same settings share a transport, and so
// deployments at one host share its connections, also across configurations.
type Pool struct {
	mu         sync.Mutex
	transports map[settings]*http.Transport
	// Proxy chooses a proxy for a request, as in http.Transport; NewPool sets the system's variables.
	proxy func(*http.Request) (*url.URL, error)
}

type settings struct {
	insecure bool
	connect  time.Duration
}

// NewPool returns an empty pool that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Certificates are verified against
// the system's authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR.
func NewPool() *Pool {
	return &Pool{transports: map[settings]*http.Transport{}, proxy: http.ProxyFromEnvironment}
}

// Close closes idle connections; it must be called when nothing is in flight any more.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.transports {
		t.CloseIdleConnections()
	}
}

func (p *Pool) transport(s settings) *http.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.transports[s]; t != nil {
		return t
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	t := &http.Transport{
		Proxy:                  p.proxy,
		DialContext:            (&net.Dialer{Timeout: s.connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    s.connect,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: s.insecure},
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		DisableCompression:     true, // an answer reaches the module as the upstream wrote it
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 256 << 10,
	}
	p.transports[s] = t
	return t
}

// Cluster is one upstream, ready to be used by many attempts at once.
type Cluster struct {
	name      string
	scheme    string
	address   string // host:port, as it stands in a URL
	transport *http.Transport
}

// Cluster makes a cluster usable. The error names the cluster and what is wrong with it.
func (p *Pool) Cluster(c abi.Cluster) (*Cluster, error) {
	var errs []error
	if c.Name == "" {
		errs = append(errs, errors.New("it has no name"))
	}
	if c.Scheme != "http" && c.Scheme != "https" {
		errs = append(errs, fmt.Errorf("its scheme is %q, expected http or https", c.Scheme))
	}
	if c.Host == "" || strings.ContainsAny(c.Host, "/[]@ ") {
		errs = append(errs, fmt.Errorf("its host is %q, expected a name or an address without brackets", c.Host))
	}
	if c.Port < 1 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("its port is %d, expected 1 to 65535", c.Port))
	}
	if errs != nil {
		return nil, fmt.Errorf("cluster %q: %w", c.Name, errors.Join(errs...))
	}
	connect := time.Duration(c.ConnectTimeoutMS) * time.Millisecond
	if connect <= 0 {
		connect = DefaultConnectTimeout
	}
	return &Cluster{
		name: c.Name, scheme: c.Scheme, address: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)),
		transport: p.transport(settings{c.InsecureTLS, connect}),
	}, nil
}

// Request is one attempt.
type Request struct {
	Method    string
	Target    string // path and query, as they go on the wire
	Authority string // the Host header; empty: the cluster's address
	Header    http.Header
	Body      []byte // nil: none; not changed, and not read any more once the answer has been read
}

// Response is an answer that has begun. Its Body must be closed.
type Response struct {
	Status  int
	Header  http.Header
	Body    io.ReadCloser
	Trailer func() http.Header // after the body's end
	Length  int64              // of the body; -1: not known
	Address string             // of the upstream
}

// Do sends the request and returns the answer as soon as its headers are there. Redirects are answers like any other.
func (c *Cluster) Do(ctx context.Context, r *Request) (*Response, *Failure) {
	seen := &seenConn{}
	request, err := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: seen.got}), r)
	if err != nil {
		return nil, &Failure{Flag: FlagProtocolError, Reason: "local reset", Cause: err, Status: http.StatusBadGateway}
	}
	response, err := c.transport.RoundTrip(request)
	if err != nil {
		return nil, classify(err, seen.address() != "")
	}
	return &Response{
		Status: response.StatusCode, Header: response.Header, Body: response.Body, Length: response.ContentLength,
		Trailer: func() http.Header { return response.Trailer }, Address: seen.address(),
	}, nil
}

func (c *Cluster) request(ctx context.Context, r *Request) (*http.Request, error) {
	path, query, hasQuery := strings.Cut(r.Target, "?")
	plain, err := url.PathUnescape(path)
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("the path %q is none", path)
	}
	request := &http.Request{
		Method: r.Method,
		URL: &url.URL{
			Scheme: c.scheme, Host: c.address, Path: plain, RawPath: path, RawQuery: query,
			ForceQuery: hasQuery && query == "",
		},
		Host: r.Authority, Header: r.Header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if _, ok := r.Header["User-Agent"]; !ok {
		r.Header["User-Agent"] = nil // or net/http would name itself
	}
	if r.Body != nil {
		request.ContentLength = int64(len(r.Body))
		request.Body = http.NoBody
		if len(r.Body) > 0 {
			request.Body = io.NopCloser(bytes.NewReader(r.Body))
			// A connection the upstream closed while it was idle has taken nothing: net/http may use another.
			request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
		}
	}
	return request.WithContext(ctx), nil
}

// seenConn remembers which connection an attempt got. net/http may tell of it from another goroutine.
type seenConn struct {
	mu     sync.Mutex
	remote string
}

func (s *seenConn) got(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remote = info.Conn.RemoteAddr().String()
}

func (s *seenConn) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remote
}
