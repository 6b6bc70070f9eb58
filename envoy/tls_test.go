package envoy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority " + rand.Text()}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// bundle writes the authority's certificate to a file.
func (a *authority) bundle(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate is made out to names and addresses.
func (a *authority) certificate(t *testing.T, names []string, addresses ...net.IP) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, IPAddresses: addresses, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure is an upstream that speaks TLS, and the server name it was last asked for.
type secure struct {
	*upstream
	name atomic.Value
}

func newSecure(t *testing.T, cert tls.Certificate, http2 bool) *secure {
	t.Helper()
	s := &secure{}
	s.upstream = unstarted(func(w http.ResponseWriter, r *http.Request) { says(200, r.Proto)(w, r) })
	s.EnableHTTP2 = http2
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.name.Store(hello.ServerName)
		return nil, nil
	}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// at returns the upstream's URL with another host.
func (s *secure) at(t *testing.T, host string) string {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "https://" + net.JoinHostPort(host, u.Port())
}

// TestUpstreamTLS: an upstream is verified by authority and by name, is told the name, and speaks HTTP/2 if it can.
func TestUpstreamTLS(t *testing.T) {
	trusted, stranger := newAuthority(t), newAuthority(t)
	local := net.IPv4(127, 0, 0, 1)
	h1 := newSecure(t, trusted.certificate(t, []string{"localhost"}), false)
	h2 := newSecure(t, trusted.certificate(t, []string{"localhost"}), true)
	address := newSecure(t, trusted.certificate(t, nil, local), true)
	otherName := newSecure(t, trusted.certificate(t, []string{"elsewhere.test"}), true)
	otherAddress := newSecure(t, trusted.certificate(t, []string{"localhost"}, net.IPv4(127, 0, 0, 9)), true)
	untrusted := newSecure(t, stranger.certificate(t, []string{"localhost"}), true)

	in := input(t,
		place{id: "h1", url: h1.at(t, "localhost")}, place{id: "h2", url: h2.at(t, "localhost")},
		place{id: "address", url: address.URL}, place{id: "otherName", url: otherName.at(t, "localhost")},
		place{id: "otherAddress", url: otherAddress.URL}, place{id: "untrusted", url: untrusted.at(t, "localhost")},
		place{id: "insecure", url: untrusted.at(t, "localhost")}, place{id: "insecureName", url: otherName.URL})
	in.CABundle = trusted.bundle(t)
	for i := range in.Clusters {
		if n := in.Clusters[i].Name; n == "routeiq_insecure" || n == "routeiq_insecureName" {
			in.Clusters[i].InsecureTLS = true
		}
	}
	e := envoytest.Start(t, render(t, in), envoytest.Options{})
	for _, c := range []struct {
		plan, proto string
		up          *secure
		sni         string
	}{
		{"h1", "HTTP/1.1", h1, "localhost"},
		{"h2", "HTTP/2.0", h2, "localhost"},
		{"address", "HTTP/2.0", address, ""},
		{"insecure", "HTTP/2.0", untrusted, "localhost"},
		{"insecureName", "HTTP/2.0", otherName, ""},
		{"otherName,h1", "HTTP/1.1", otherName, "localhost"},
		{"otherAddress,h1", "HTTP/1.1", otherAddress, ""},
		{"untrusted,h1", "HTTP/1.1", untrusted, "localhost"},
	} {
		t.Run(c.plan, func(t *testing.T) {
			got := send(t, e, c.plan, "{}")
			if got.status != 200 || got.body != c.proto {
				t.Errorf("got %d %q, expected an answer over %s", got.status, got.body, c.proto)
			}
			if sni := c.up.name.Load(); sni != c.sni {
				t.Errorf("the server name was %q, expected %q", sni, c.sni)
			}
		})
	}
	for _, s := range []*secure{otherAddress} {
		if n := len(s.requests()); n != 0 {
			t.Errorf("an upstream that must not be trusted got %d requests", n)
		}
	}
}
