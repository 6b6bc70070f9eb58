package host

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/host/upstream"
)

func newPool(t *testing.T) *upstream.Pool {
	t.Helper()
	p := upstream.NewPool()
	t.Cleanup(p.Close)
	return p
}

// certificate writes a certificate for 127.0.0.1 and its key, and returns a pool that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trusted *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	must(t, os.WriteFile(certFile, certPEM, 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	trusted = x509.NewCertPool()
	trusted.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, trusted
}

// The whole server: TLS for clients, the admin address, and the end with an exchange in flight.
func TestServerServesAndDrains(t *testing.T) {
	release := make(chan struct{})
	b := newBench(t, map[string]string{"ok": upstreamServer(t, status(200, "fine")), "slow": upstreamServer(t, func(w http.ResponseWriter, _ *http.Request) {
		must(t, http.NewResponseController(w).Flush())
		<-release
		if _, err := io.WriteString(w, "done"); err != nil {
			t.Error(err)
		}
	})}, nil)
	cert, key, trusted := certificate(t)
	server, err := b.Listen(ServerOptions{Listen: "127.0.0.1:0", Admin: "127.0.0.1:0", CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	get := func(url string, headers ...string) (*http.Response, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader("hello"))
		must(t, err)
		if strings.Contains(url, "/metrics") || strings.Contains(url, "/_health") {
			request.Method, request.Body, request.ContentLength = "GET", nil, 0
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if h := response.Header.Get("X-Relay-Attempts"); h != "" && strings.Contains(strings.Join(headers, " "), "slow") {
			return response, ""
		}
		body, err := io.ReadAll(response.Body)
		must(t, err)
		must(t, response.Body.Close())
		return response, string(body)
	}
	if response, body := get(server.URL(), "x-attempts: ok"); body != "fine" || response.ProtoMajor != 2 || !strings.HasPrefix(server.URL(), "https://127.0.0.1:") {
		t.Errorf("%s %q", response.Proto, body)
	}
	admin := "http://" + server.AdminAddress().String()
	if _, body := get(admin + "/_health/ready"); !strings.HasPrefix(body, `{"status":"ready","service":"routeiq","is_degraded":false,"checks":{"drain_status":{"status":"accepting","active_requests":0},`) {
		t.Errorf("%q", body)
	}
	if _, body := get(admin + "/_health/live"); body != `{"status":"alive","service":"routeiq"}` {
		t.Errorf("%q", body)
	}
	if _, body := get(admin + "/_health/models"); body != `{"models":[]}` {
		t.Errorf("%q", body)
	}
	_, metrics := get(admin + "/metrics")
	for _, line := range []string{`routeiq_host_vms{state="alive"} 2`, "routeiq_host_requests_in_flight 0", "routeiq_host_vm_traps_total 0",
		`routeiq_host_config_swaps_total{result="taken"} 1`, "go_goroutines"} {
		if !strings.Contains(metrics, line) {
			t.Errorf("%q is not in the metrics", line)
		}
	}
	slow, _ := get(server.URL(), "x-attempts: slow")
	stop()
	for !b.Draining() {
		select {
		case err := <-served:
			t.Fatalf("it ended with an exchange in flight: %v", err)
		default:
		}
	}
	if response, body := get(admin + "/_health/ready"); response.StatusCode != 503 || !strings.Contains(body, `"drain_status":{"status":"draining","active_requests":1}`) {
		t.Errorf("%d %q", response.StatusCode, body)
	}
	close(release)
	if body, err := io.ReadAll(slow.Body); err != nil || string(body) != "done" {
		t.Errorf("%q %v", body, err)
	}
	must(t, slow.Body.Close())
	must(t, <-served)
	if _, err := net.Dial("tcp", server.Address().String()); err == nil {
		t.Error("the address is still open")
	}
}

func TestListenRefusesWithEveryReason(t *testing.T) {
	b := newBench(t, nil, nil)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { must(t, taken.Close()) }()
	_, err = b.Listen(ServerOptions{Listen: taken.Addr().String(), Admin: "nonsense", CertFile: "/no/cert.pem", KeyFile: "/no/key.pem"})
	for _, want := range []string{taken.Addr().String(), "nonsense", "/no/cert.pem"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
	if _, err := b.Listen(ServerOptions{Listen: "127.0.0.1:0", CertFile: "x"}); err == nil || !strings.Contains(err.Error(), "--tls-key") {
		t.Errorf("%v", err)
	}
}
