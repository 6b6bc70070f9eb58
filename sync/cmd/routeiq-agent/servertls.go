package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/routeiq/routeiq/host/module"
)

// serverTLS names the files of the agent's own certificate.
type serverTLS struct{ cert, key, clients string }

func (s *serverTLS) add(f *pflag.FlagSet) {
	f.StringVar(&s.cert, "tls-cert", "", "certificate of the agent, PEM, for --xds and --admin; needs --tls-key")
	f.StringVar(&s.key, "tls-key", "", "key of the certificate, PEM")
	f.StringVar(&s.clients, "tls-client-ca", "", "authorities of the certificates that Envoys and hosts show, PEM")
}

// config reads the files; nil: in clear. The certificate is read again at each connection, so that it can be replaced. Whether
// a client must show one is for those who serve: probes have none, Envoys must.
func (s *serverTLS) config() (*tls.Config, error) {
	switch {
	case s.cert == "" && s.key == "" && s.clients == "":
		return nil, nil
	case s.cert == "" || s.key == "":
		return nil, errors.New("expected both --tls-cert and --tls-key, or neither and no --tls-client-ca")
	}
	read := func() (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(s.cert, s.key)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
		}
		return &c, nil
	}
	if _, err := read(); err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return read() },
	}
	if s.clients != "" {
		text, err := os.ReadFile(s.clients)
		if err != nil {
			return nil, fmt.Errorf("--tls-client-ca: %w", err)
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tls-client-ca: %s has no certificate in PEM", s.clients)
		}
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c, nil
}

// forEnvoys is the same for xDS: keys travel by it, so that each Envoy must show who it is where that can be known.
func forEnvoys(c *tls.Config) *tls.Config {
	if c == nil || c.ClientCAs == nil {
		return c
	}
	c = c.Clone()
	c.ClientAuth = tls.RequireAndVerifyClientCert
	return c
}

// wasm reads the module to try revisions with, and to serve.
func (p *process) wasm(path string) ([]byte, error) {
	if path != "" {
		wasm, err := p.read(path)
		if err != nil {
			return nil, fmt.Errorf("--wasm: %w", err)
		}
		return wasm, nil
	}
	wasm, err := module.Wasm()
	if err != nil {
		return nil, fmt.Errorf("%w; or name one with --wasm, or go without by --dry-run=false", err)
	}
	return wasm, nil
}
