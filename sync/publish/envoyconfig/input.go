package envoyconfig

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
)

// Input is all that Envoy's resources are made from. Check it once with Check; the resource functions rely on it.
type Input struct {
	Config      abi.Config       // the router role's document
	Clusters    []abi.Cluster    // how to reach the clusters that deployments name
	Credentials []abi.Credential // what the credentials that deployments name stand for
	CORS        abi.CORS         // which pages may call

	Listen   Address // clients
	Admin    Address // Envoy's admin listener
	Module   string  // path of routeiq.wasm where Envoy runs
	CABundle string  // path of the PEM file of trusted authorities where Envoy runs; Envoy knows no system default
}

// Address is an IP address and a TCP port; port 0 lets Envoy take a free one.
type Address struct {
	Host string
	Port int
}

// String writes it as HOST:PORT.
func (a Address) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// ParseAddress reads IP:PORT; an empty IP means all addresses.
func ParseAddress(text string) (Address, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, fmt.Errorf("%q is no address: expected IP:PORT, such as 0.0.0.0:10000", text)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Address{}, fmt.Errorf("%q has the port %q: expected 0 to 65535", text, port)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	if net.ParseIP(host) == nil {
		return Address{}, fmt.Errorf("%q has the host %q: Envoy listens on an IP address, such as 127.0.0.1 or 0.0.0.0", text, host)
	}
	return Address{Host: host, Port: int(n)}, nil
}

// Defaults of what people rarely say.
const (
	DefaultListen   = "0.0.0.0:10000"
	DefaultAdmin    = "127.0.0.1:9901"
	DefaultModule   = "routeiq.wasm"
	DefaultCABundle = "/etc/ssl/certs/ca-certificates.crt" // Debian, Ubuntu, Alpine, and Envoy's own images
)

// Check tells everything that is wrong with the input, joined: references that lead nowhere, names given twice, fields
// that are empty. What it lets pass makes a configuration that Envoy accepts.
func (in *Input) Check() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if in.Config.Role != abi.RoleRouter {
		add("config.role: is %q, expected %q", in.Config.Role, abi.RoleRouter)
	}
	if in.Module == "" {
		add("module: is empty, expected the path of %s", DefaultModule)
	}
	for _, a := range []struct {
		name string
		Address
	}{{"listen", in.Listen}, {"admin", in.Admin}} {
		if net.ParseIP(a.Host) == nil || a.Port < 0 || a.Port > 65535 {
			add("%s: is %q, expected IP:PORT", a.name, a.String())
		}
	}
	// Every text goes into a protocol buffer, which holds UTF-8 alone. No value is shown: it may be a secret.
	utf := func(path string, texts ...string) {
		for _, s := range texts {
			if !utf8.ValidString(s) {
				add("%s: holds a text that is not UTF-8", path)
			}
		}
	}
	utf("module", in.Module)
	utf("ca bundle", in.CABundle)
	clusters := map[string]bool{}
	for i, c := range in.Clusters {
		path := fmt.Sprintf("clusters[%d]", i)
		switch {
		case c.Name == "" || c.Host == "":
			add("%s: has no name or no host", path)
		case c.Name == abi.MockCluster:
			add("%s: is named %q, which is kept for deployments with a mock answer", path, c.Name)
		case clusters[c.Name]:
			add("%s: is named %q like one before it", path, c.Name)
		}
		if c.Scheme != "http" && c.Scheme != "https" {
			add("%s: has the scheme %q, expected http or https", path, c.Scheme)
		}
		if c.Scheme == "https" && !c.InsecureTLS && in.CABundle == "" {
			add("%s: is verified, and there is no bundle of authorities to verify it with", path)
		}
		if c.Port < 1 || c.Port > 65535 {
			add("%s: has the port %d, expected 1 to 65535", path, c.Port)
		}
		utf(path, c.Name, c.Host)
		clusters[c.Name] = true
	}
	credentials := map[string]bool{}
	for i, c := range in.Credentials {
		path := fmt.Sprintf("credentials[%d]", i)
		if c.Name == "" || len(c.Parts) == 0 {
			add("%s: has no name or no part", path)
		}
		if credentials[c.Name] {
			add("%s: is named %q like one before it", path, c.Name)
		}
		for j, p := range c.Parts {
			if p.Header == "" || p.Secret.Env == "" && p.Secret.Value == "" {
				add("%s.parts[%d]: has no header or no secret", path, j)
			}
			utf(fmt.Sprintf("%s.parts[%d]", path, j), p.Header, p.Prefix, p.Secret.Env, p.Secret.Value)
		}
		utf(path, c.Name)
		credentials[c.Name] = true
	}
	for d := range in.usable() {
		if d.Mock == nil && !clusters[d.Cluster] {
			add("deployment %q: names the cluster %q, which is not given", d.ID, d.Cluster)
		}
		if d.Credential != "" && !credentials[d.Credential] {
			add("deployment %q: names the credential %q, which is not given", d.ID, d.Credential)
		}
	}
	if e := in.Config.Encoder; e != nil && !clusters[e.Cluster] {
		add("encoder: names the cluster %q, which is not given", e.Cluster)
	}
	for _, j := range in.Config.Judges {
		if !clusters[j.Cluster] {
			add("judge %q: names the cluster %q, which is not given", j.ID, j.Cluster)
		}
	}
	for i, c := range in.Clusters {
		if c.Credential != "" && !credentials[c.Credential] {
			add("clusters[%d]: names the credential %q, which is not given", i, c.Credential)
		}
	}
	return errors.Join(errs...)
}

// usable yields the deployments that can be chosen. What no usable deployment names is not rendered.
func (in *Input) usable() func(yield func(*abi.Deployment) bool) {
	return func(yield func(*abi.Deployment) bool) {
		for i := range in.Config.Groups {
			for j := range in.Config.Groups[i].Deployments {
				d := &in.Config.Groups[i].Deployments[j]
				if d.Unconfigured == "" && !yield(d) {
					return
				}
			}
		}
	}
}

// clusters returns the clusters that usable deployments name, and the module itself calls, by name.
func (in *Input) clusters() []abi.Cluster {
	named := map[string]bool{}
	if in.Config.Encoder != nil {
		named[in.Config.Encoder.Cluster] = true
	}
	for _, j := range in.Config.Judges {
		named[j.Cluster] = true
	}
	for d := range in.usable() {
		named[d.Cluster] = true
	}
	kept := slices.DeleteFunc(slices.Clone(in.Clusters), func(c abi.Cluster) bool { return !named[c.Name] })
	slices.SortFunc(kept, func(a, b abi.Cluster) int { return cmp.Compare(a.Name, b.Name) })
	return kept
}

// Used returns the clusters and credentials that usable deployments name, and those of the module's own calls, each by name.
func (in *Input) Used() ([]abi.Cluster, []abi.Credential) { return in.clusters(), in.credentials() }

// credentials returns the credentials that usable deployments and clusters name, by name.
func (in *Input) credentials() []abi.Credential {
	named := map[string]bool{}
	for _, c := range in.clusters() {
		named[c.Credential] = true
	}
	for d := range in.usable() {
		named[d.Credential] = true
	}
	kept := slices.DeleteFunc(slices.Clone(in.Credentials), func(c abi.Credential) bool { return !named[c.Name] })
	slices.SortFunc(kept, func(a, b abi.Credential) int { return cmp.Compare(a.Name, b.Name) })
	return kept
}

// clusterNames returns the names of all clusters in Envoy, sorted: those of clusters and the mock's. The mock's is there
// when a deployment has a mock answer, and when there is no other: a matcher needs one entry.
func (in *Input) clusterNames() []string {
	var names []string
	for _, c := range in.clusters() {
		names = append(names, c.Name)
	}
	mock := len(names) == 0
	for d := range in.usable() {
		mock = mock || d.Mock != nil
	}
	if mock {
		names = append(names, abi.MockCluster)
	}
	slices.Sort(names)
	return names
}

// document returns the router role's document as text. It is indented: people read and compare rendered files, and
// reading blanks costs the module nothing that can be measured.
func (in *Input) document() (string, error) {
	text, err := json.MarshalIndent(in.Config, "", " ")
	if err != nil {
		return "", fmt.Errorf("envoyconfig: %w", err)
	}
	return string(text), nil
}
