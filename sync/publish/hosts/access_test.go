package hosts

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
)

// TestAccess: who is let in to providers' keys, by token, certificate, address and whether others can read along.
func TestAccess(t *testing.T) {
	const token = "token-planted-77aa"
	given := func() (abi.Secret, error) { return abi.Secret{Value: token}, nil }
	verified := &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}
	encrypted := &tls.ConnectionState{}
	right, wrong := "authorization: Bearer "+token, "authorization: Bearer "+token+"x"
	const here, there = "127.0.0.1:40000", "192.0.2.7:40000"
	for _, c := range []struct {
		name    string
		options Options
		from    string
		tls     *tls.ConnectionState
		header  string
		status  int
		says    string
	}{
		{"this machine, no token asked", Options{}, here, nil, "", 200, ""},
		{"this machine, IPv6", Options{}, "[::1]:9", nil, "", 200, ""},
		{"through a proxy on this machine", Options{}, here, nil, "x-forwarded-for: 192.0.2.7", 403, "clear text"},
		{"through an encrypting proxy on this machine", Options{}, here, encrypted, "forwarded: for=192.0.2.7", 401, "--agent-cert"},
		{"network, clear text", Options{}, there, nil, "", 403, "https://"},
		{"network, clear text, right token", Options{Token: given}, there, nil, right, 403, "https://"},
		{"network, clear text allowed, no token asked", Options{ClearText: true}, there, nil, "", 401, "--agent-cert"},
		{"network, clear text allowed", Options{Token: given, ClearText: true}, there, nil, right, 200, ""},
		{"network, encrypted, no token asked", Options{}, there, encrypted, "", 401, "--agent-cert"},
		{"network, certificate", Options{}, there, verified, "", 200, ""},
		{"network, certificate, token asked", Options{Token: given}, there, verified, "", 200, ""},
		{"network, right token", Options{Token: given}, there, encrypted, right, 200, ""},
		{"network, right token, other case", Options{Token: given}, there, encrypted, "authorization: bearer " + token, 200, ""},
		{"network, wrong token", Options{Token: given}, there, encrypted, wrong, 401, "not the agent's"},
		{"this machine, wrong token", Options{Token: given}, here, nil, wrong, 401, "not the agent's"},
		{"this machine, no token", Options{Token: given}, here, nil, "", 401, "ROUTEIQ_AGENT_TOKEN"},
		{"another scheme", Options{Token: given}, here, nil, "authorization: Basic " + token, 401, "Bearer TOKEN"},
		{"an empty token is none", Options{Token: func() (abi.Secret, error) { return abi.Secret{}, nil }}, here, nil, "authorization: Bearer ", 503, "its own token"},
		{"unreadable", Options{Token: func() (abi.Secret, error) { return abi.Secret{}, errors.New("no such file") }}, here, nil, right, 503, "its own token"},
		{"no address", Options{}, "@", nil, "", 403, "clear text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			c.options.Nodes, c.options.Log = &heard{}, slog.New(slog.NewTextHandler(&log, nil))
			p := New(c.options)
			defer p.Close()
			p.must(t, publication("a", planted))
			r := httptest.NewRequest("GET", update.PathUpdate+"?node=n&wait=0s", nil)
			r.RemoteAddr, r.TLS = c.from, c.tls
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") == "Bearer") {
				t.Errorf("WWW-Authenticate is %q", w.Header().Get("WWW-Authenticate"))
			}
			if (w.Code == 200) != strings.Contains(w.Body.String(), planted) || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%d: %v %s", w.Code, w.Header(), w.Body)
			}
			if w.Code != 200 && !strings.Contains(log.String(), c.from) {
				t.Errorf("the refusal is not in the log: %s", &log)
			}
			if strings.Contains(log.String(), "planted") || w.Code != 200 && strings.Contains(w.Body.String(), "planted") {
				t.Errorf("a secret is in %s%s", &log, w.Body)
			}
		})
	}
}

// TestEnvoysReport: Envoy adds x-forwarded-for to what its module sends; that does not keep its reports out.
func TestEnvoysReport(t *testing.T) {
	nodes := &heard{}
	p := New(Options{Nodes: nodes})
	defer p.Close()
	w := ask(t.Context(), p, "POST", abi.PathReport, `{"node":"e","worker":0,"revision":"a","document":"d","started_ms":1,"now_ms":2}`,
		"x-forwarded-for: 192.0.2.7", "x-envoy-internal: true")
	if w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	nodes.want(t, "reported e 0 a")
}
