package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/upstream"
	"github.com/routeiq/routeiq/host/vm"
)

// Config is what a host runs: the module's document, and what a proxy must know beside it.
type Config struct {
	Document    abi.Config // of the role router
	Clusters    []abi.Cluster
	Credentials []abi.Credential
	CORS        abi.CORS // which pages may call
}

// settings is a Config made ready; it does not change.
type settings struct {
	document    *abi.Config
	router      []byte // plugin configurations
	adapter     []byte
	clusters    map[string]*upstream.Cluster
	credentials map[string][]vm.Header // by name; nil: its secret is not set
	// authenticated names the credential of clusters that put one on all that goes there, by cluster.
	authenticated map[string]string
	maxBody       int64
	idle          time.Duration // how long an attempt may be silent
	goOn          bool          // on_error is "continue"
	cors          abi.CORS
}

// ready makes a Config usable. Its error holds every reason why it cannot be.
func (c *Config) ready(pool *upstream.Pool) (*settings, error) {
	document := c.Document
	s := &settings{
		document: &document, goOn: document.OnError == abi.OnErrorContinue, cors: c.CORS, clusters: map[string]*upstream.Cluster{}, credentials: map[string][]vm.Header{}, authenticated: map[string]string{},
		maxBody: int64(c.Document.Limits.MaxBodyBytes), idle: time.Duration(c.Document.AttemptIdleMS()) * time.Millisecond,
	}
	if s.maxBody <= 0 {
		s.maxBody = abi.DefaultMaxBodyBytes
	}
	var errs []error
	var err error
	if s.router, err = json.Marshal(c.Document); err != nil {
		errs = append(errs, fmt.Errorf("the module's document: %w", err))
	}
	if s.adapter, err = json.Marshal(map[string]any{"version": abi.ConfigVersion, "role": abi.RoleAdapter}); err != nil {
		errs = append(errs, fmt.Errorf("the adapter's document: %w", err))
	}
	for _, cluster := range c.Clusters {
		made, err := pool.Cluster(cluster)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if s.clusters[cluster.Name] != nil {
			errs = append(errs, fmt.Errorf("cluster %q: it is there twice", cluster.Name))
		}
		s.clusters[cluster.Name] = made
		if cluster.Credential != "" {
			s.authenticated[cluster.Name] = cluster.Credential
		}
	}
	for _, credential := range c.Credentials {
		headers, err := credentialHeaders(credential)
		if err != nil {
			errs = append(errs, err)
		}
		s.credentials[credential.Name] = headers
	}
	return s, errors.Join(errs...)
}

// credentialHeaders makes a credential's headers; nil when a secret is not set. Its errors never show a value.
func credentialHeaders(c abi.Credential) ([]vm.Header, error) {
	headers := make([]vm.Header, 0, len(c.Parts))
	for _, p := range c.Parts {
		if p.Secret.Value == "" {
			return nil, nil
		}
		if p.Header == "" || strings.ToLower(p.Header) != p.Header || strings.ContainsAny(p.Header, " \r\n:") {
			return nil, fmt.Errorf("credential %q: the header %q is no name in lower case", c.Name, p.Header)
		}
		if strings.ContainsAny(p.Secret.Value, "\r\n\x00") {
			return nil, fmt.Errorf("credential %q: the value of %s has a line break in it; set it without", c.Name, p.Secret)
		}
		headers = append(headers, vm.Header{Name: p.Header, Value: p.Prefix + p.Secret.Value})
	}
	return headers, nil
}
