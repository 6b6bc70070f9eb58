package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/goproxy"
	"github.com/routeiq/routeiq/envoy/bench/upstream"
)

// The helper processes that this binary also is.
const (
	roleUpstream = "upstream"
	roleGoProxy  = "goproxy"
	roleHost     = "host"
)

// serve runs a helper until its standard input closes: it does not outlive the benchmark, however that ends.
func serve(ctx context.Context, o options) error {
	var handler http.Handler
	switch o.role {
	case roleUpstream:
		handler = upstream.Handler()
	case roleGoProxy:
		at, err := url.Parse(o.upstream)
		if err != nil {
			return err
		}
		handler = goproxy.New(at)
	case roleHost:
		return serveHost(ctx, o)
	default:
		return fmt.Errorf("-role is %q, expected %s, %s or %s", o.role, roleUpstream, roleGoProxy, roleHost)
	}
	server := &http.Server{Addr: o.listen, Handler: handler, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	case err := <-ended:
		return errors.Join(err, server.Close())
	}
}
