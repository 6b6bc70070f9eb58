package follow_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/follow"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/sync/publish/hosts"
)

// authority signs certificates for the agent and its hosts.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // PEM
	made        int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.certificate, a.key, a.file, _ = a.sign(t, true)
	return a
}

// sign makes a certificate; an authority's own when it has none yet.
func (a *authority) sign(t *testing.T, ca bool) (made *x509.Certificate, key *ecdsa.PrivateKey, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.made++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.made), Subject: pkix.Name{CommonName: "routeiq test"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if made, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return made, key, certFile, keyFile
}

// TestMutualTLS: a host shows its certificate in place of a token, and knows its agent by the fleet's authority. Who has none,
// has another authority's, or does not trust the agent's gets nothing, and reads why.
func TestMutualTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	_, _, serverCert, serverKey := ours.sign(t, false)
	_, _, cert, key := ours.sign(t, false)
	_, _, otherCert, otherKey := theirs.sign(t, false)
	pair, err := tls.LoadX509KeyPair(serverCert, serverKey)
	if err != nil {
		t.Fatal(err)
	}
	p := hosts.New(hosts.Options{Nodes: newNodes(), Token: func() (abi.Secret, error) { return abi.Secret{Value: token}, nil }})
	defer p.Close()
	want := publication(t, "http://127.0.0.1:1", 1)
	if err := p.Publish(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ours.certificate)
	server := httptest.NewUnstartedServer(p)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven}
	server.EnableHTTP2, server.Config.ErrorLog = true, slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	defer server.Close()
	for _, c := range []struct {
		name          string
		ca, cert, key string
		says          string // empty: it is let in
		waits         bool   // it tries again: the agent cannot be told from one that starts
	}{
		{"our certificate", ours.file, cert, key, "", false},
		{"no trust", theirs.file, cert, key, "certificate signed by unknown authority", true},
		{"the system's authorities", "", cert, key, "certificate signed by unknown authority", true},
		{"another authority's certificate", ours.file, otherCert, otherKey, "cannot be reached", true},
		{"no certificate", ours.file, "", "", "answered 401", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &vmtest.Logs{}
			follower, err := follow.New(follow.Options{URL: server.URL, Node: "h", CAFile: c.ca, CertFile: c.cert, KeyFile: c.key, Log: slog.New(slog.NewTextHandler(log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer follower.Close()
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			took := ""
			started := make(chan error, 1)
			go func() {
				started <- follower.Start(ctx, func(_ context.Context, config host.Config) error {
					took = config.Document.Revision
					return nil
				})
			}()
			for c.waits && ctx.Err() == nil {
				if strings.Contains(log.String(), c.says) {
					stop()
				}
				runtime.Gosched()
			}
			err = <-started
			switch {
			case c.says == "":
				if err != nil || took != want.Revision {
					t.Errorf("%q %v", took, err)
				}
			case c.waits:
				if !errors.Is(err, context.Canceled) || took != "" {
					t.Errorf("%q %v, and not %q in\n%s", took, err, c.says, log)
				}
			case err == nil || !strings.Contains(err.Error(), c.says):
				t.Errorf("%q %v", took, err)
			}
		})
	}
}
