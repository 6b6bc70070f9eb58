package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/cors"
)

// ServerOptions say where and how clients are served.
type ServerOptions struct {
	Listen   string // host:port
	Admin    string // host:port of metrics and health; empty: none
	CertFile string // PEM; with KeyFile clients speak TLS
	KeyFile  string
	// DrainLimit is how long exchanges in flight may take when the server ends; 0: DefaultDrainLimit.
	DrainLimit time.Duration
}

// Limits of the servers. There is none for writing: answers stream for as long as they want.
const (
	DefaultDrainLimit = 30 * time.Second
	headerTimeout     = 30 * time.Second
	keepAlive         = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// Server serves a Host on its addresses.
type Server struct {
	host            *Host
	options         ServerOptions
	clients, admins *http.Server
	listener, admin net.Listener
	secure          bool // clients speak TLS; net/http sets a TLSConfig of its own even where they do not
}

// Listen opens the addresses; nothing is served before Serve. Every address that cannot be used is in the error.
func (h *Host) Listen(options ServerOptions) (*Server, error) {
	if options.DrainLimit <= 0 {
		options.DrainLimit = DefaultDrainLimit
	}
	s := &Server{host: h, options: options}
	var errs []error
	var config *tls.Config
	switch {
	case options.CertFile != "" && options.KeyFile != "":
		certificate, err := tls.LoadX509KeyPair(options.CertFile, options.KeyFile)
		if err != nil {
			errs = append(errs, fmt.Errorf("certificate %s with key %s: %w; expected PEM files that belong together", options.CertFile, options.KeyFile, err))
		}
		config = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	case options.CertFile != "" || options.KeyFile != "":
		errs = append(errs, errors.New("a certificate needs its key: give both --tls-cert and --tls-key, or neither"))
	}
	var err error
	if s.listener, err = net.Listen("tcp", options.Listen); err != nil {
		errs = append(errs, fmt.Errorf("clients' address %s: %w; choose another with --listen", options.Listen, err))
	}
	if options.Admin != "" {
		if s.admin, err = net.Listen("tcp", options.Admin); err != nil {
			errs = append(errs, fmt.Errorf("admin address %s: %w; choose another with --admin", options.Admin, err))
		}
	}
	if errs != nil {
		return nil, errors.Join(append(errs, s.closeListeners())...)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s.clients = &http.Server{
		Handler: cors.Handler(h.pages, h), Protocols: protocols, TLSConfig: config, ReadHeaderTimeout: headerTimeout, IdleTimeout: keepAlive,
		MaxHeaderBytes: maxHeaderBytes, ConnContext: WithConnection, ErrorLog: serverLog(h.log),
	}
	s.secure = config != nil
	s.admins = &http.Server{Handler: h.Admin(), ReadHeaderTimeout: headerTimeout, IdleTimeout: keepAlive, ErrorLog: serverLog(h.log)}
	return s, nil
}

func (s *Server) closeListeners() error {
	var errs []error
	for _, l := range []net.Listener{s.listener, s.admin} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// pages says which pages may call, by the configuration in force.
func (h *Host) pages() abi.CORS {
	g := h.acquire()
	defer g.release()
	return g.settings.cors
}

// Address is where clients are served.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// AdminAddress is the admin address; nil: there is none.
func (s *Server) AdminAddress() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.Addr()
}

// URL is the address for people.
func (s *Server) URL() string {
	scheme := "http://"
	if s.secure {
		scheme = "https://"
	}
	return scheme + s.listener.Addr().String()
}

// Serve serves until the context ends, and drains then: the host says it is not ready, exchanges in flight go on,
// connections are closed as they become idle, and what is not done after DrainLimit is cut.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 2)
	serve := func(server *http.Server, l net.Listener) {
		var err error
		if server == s.clients && s.secure {
			err = server.ServeTLS(l, "", "")
		} else {
			err = server.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			failed <- err
			return
		}
		failed <- nil
	}
	running := 1
	go serve(s.clients, s.listener)
	if s.admin != nil {
		running++
		go serve(s.admins, s.admin)
	}
	var errs []error
	select {
	case err := <-failed:
		errs, running = append(errs, err), running-1
	case <-ctx.Done():
	}
	errs = append(errs, s.drain())
	for range running {
		errs = append(errs, <-failed)
	}
	return errors.Join(errs...)
}

// drain lets the clients' server end. The listener stays open while exchanges are in flight, so that whoever asks can
// read that the host is not ready; a new request on it is served, and its connection closed after it.
func (s *Server) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.DrainLimit)
	defer cancel()
	s.clients.SetKeepAlivesEnabled(false)
	err := s.host.Drain(ctx)
	if err == nil {
		err = s.clients.Shutdown(ctx)
	}
	if err != nil {
		s.host.log.Warn("clients are cut off", "reason", err)
		err = nil
	}
	return errors.Join(err, s.clients.Close(), s.admins.Close())
}
