package envoy

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// mutual has a fleet and its Envoys show each other certificates of one authority.
func mutual(t *testing.T) func(*fleet) {
	return func(f *fleet) {
		a := newAuthority(t)
		key := newKey(t)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(3), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			DNSNames: []string{"edge.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
		if err != nil {
			t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		f.files = &envoyconfig.AgentTLS{CA: a.bundle(t), Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
		for path, block := range map[string]*pem.Block{f.files.Cert: {Type: "CERTIFICATE", Bytes: der}, f.files.Key: {Type: "PRIVATE KEY", Bytes: private}} {
			if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		authorities := x509.NewCertPool()
		authorities.AddCert(a.cert)
		f.tls = &tls.Config{
			Certificates: []tls.Certificate{a.certificate(t, []string{"localhost"}, net.IPv4(127, 0, 0, 1))},
			ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: authorities,
		}
	}
}

// TestXDSMutualTLS: an Envoy with the printed bootstrap and a certificate is served, and its module's reports arrive; one
// without a certificate is not even answered.
func TestXDSMutualTLS(t *testing.T) {
	up := model(t)
	f := newFleet(t, mutual(t))
	revision := f.publish(configOf("simple-shuffle", [3]string{"a", up.URL, "sk-a"}))
	e := f.start("edge", false)
	f.await("edge to accept", func() bool { _, ok := f.since(0, "accepted", "edge", revision); return ok })
	f.await("a report", func() bool {
		return slices.ContainsFunc(f.heard, func(r abi.Report) bool { return r.Node == "edge" && r.Revision == revision })
	})
	if got, err := askChat(e, false); err != nil || got.status != 200 {
		t.Errorf("got %v, %v", got, err)
	}
	if keys := up.keys(); !slices.Equal(keys, []string{"sk-a"}) {
		t.Errorf("the upstream was shown %q", keys)
	}
	c, err := tls.Dial("tcp", f.address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err != nil {
		return // refused in the handshake: TLS 1.2 does so
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("one without a certificate is answered")
	}
}
