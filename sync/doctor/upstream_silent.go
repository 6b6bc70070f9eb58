package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Upstreams says how upstreams are tried. The zero value is good.
type Upstreams struct {
	Within time.Duration // for one connection with its handshake; 0: 5 s
	AtOnce int           // connections at a time; 0: 16
}

// upstreamSilent: a connection, and a TLS handshake where Envoy makes one, from here.
var upstreamSilent = Check{
	ID: "upstream-silent", Severity: Error,
	Says:  "An upstream does not take a connection, or its TLS handshake fails; tried from here, with --upstreams.",
	Needs: []Part{PartProxy, PartUpstreams},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			all := p.upstreams()
			said := make([]error, len(all))
			slots := make(chan struct{}, orInt(x.subject.Upstreams.AtOnce, 16))
			var group sync.WaitGroup
			for i, c := range all {
				group.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					said[i] = x.try(c)
				})
			}
			group.Wait()
			for i, err := range said {
				if err != nil {
					x.find(all[i].Where, "look at its address, the network between, and its certificate; requests for it fail over while there is another deployment", "it does not answer: %v", err)
				}
			}
		}
	},
}

// try connects to the endpoints of a cluster that are meant to answer; one is enough. Nil also when there is none to try.
func (x *examination) try(c *Cluster) error {
	var last error
	for _, g := range c.Endpoints {
		for _, e := range g.LbEndpoints {
			a := e.GetEndpoint().GetAddress().GetSocketAddress()
			if a == nil || refusing(a.GetAddress(), a.GetPortValue()) {
				continue
			}
			address := net.JoinHostPort(a.Address, strconv.FormatUint(uint64(a.GetPortValue()), 10))
			within := x.subject.Upstreams.Within
			if within <= 0 {
				within = 5 * time.Second
			}
			ctx, stop := context.WithTimeout(x.ctx, within)
			err := x.connect(ctx, address, a.Address, c)
			stop()
			if err == nil {
				return nil
			}
			last = fmt.Errorf("%s: %w", address, err)
		}
	}
	return last
}

func (x *examination) connect(ctx context.Context, address, host string, c *Cluster) error {
	var conn net.Conn
	var err error
	if c.TLS == nil {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	} else {
		config := &tls.Config{ServerName: c.TLS.Sni, NextProtos: []string{"h2", "http/1.1"}}
		if config.ServerName == "" {
			config.ServerName = host
		}
		validation := c.TLS.GetCommonTlsContext().GetValidationContext()
		config.InsecureSkipVerify = !verifies(c.TLS.GetCommonTlsContext()) // tls-unverified tells of it
		if bundle := validation.GetTrustedCa().GetFilename(); bundle != "" {
			// Where the bundle is not on this machine, its own authorities stand in for it.
			if text, err := x.subject.Read(bundle); err == nil {
				config.RootCAs = x509.NewCertPool()
				if !config.RootCAs.AppendCertsFromPEM(text) {
					return fmt.Errorf("%s holds no certificate", bundle)
				}
			}
		}
		conn, err = (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return err
	}
	return conn.Close()
}

// orInt returns n, or otherwise where it is not set.
func orInt(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}

// loopback tells whether an IP address reaches this machine alone.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// sortedTrue returns the keys that are true, sorted.
func sortedTrue(m map[string]bool) []string {
	var all []string
	for k, v := range m {
		if v {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}
