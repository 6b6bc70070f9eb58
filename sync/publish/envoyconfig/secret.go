package envoyconfig

import (
	"fmt"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"

	"github.com/routeiq/routeiq/abi"
)

// Secrets returns one secret for each part of each credential that a usable deployment names. A secret named by a
// variable is read by Envoy from its own environment; a literal stands in the file.
func Secrets(in *Input) []*tlsv3.Secret {
	var all []*tlsv3.Secret
	for _, c := range in.credentials() {
		for i, p := range c.Parts {
			all = append(all, Secret(SecretName(c.Name, i), p.Secret))
		}
	}
	return all
}

// Secret returns one secret.
func Secret(name string, s abi.Secret) *tlsv3.Secret {
	return &tlsv3.Secret{
		Name: name,
		Type: &tlsv3.Secret_GenericSecret{GenericSecret: &tlsv3.GenericSecret{Secret: secretSource(s)}},
	}
}

func secretSource(s abi.Secret) *corev3.DataSource {
	if s.Env != "" {
		return &corev3.DataSource{Specifier: &corev3.DataSource_EnvironmentVariable{EnvironmentVariable: s.Env}}
	}
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineString{InlineString: s.Value}}
}

// SecretName names the secret of part i of a credential: the credential's own name for the first, NAME/2 for the second.
func SecretName(credential string, i int) string {
	if i == 0 {
		return credential
	}
	return fmt.Sprintf("%s/%d", credential, i+1)
}

// Variables maps each environment variable that Envoy needs to the credentials that read it.
func Variables(in *Input) map[string][]string {
	needed := map[string][]string{}
	for _, c := range in.credentials() {
		for _, p := range c.Parts {
			if p.Secret.Env != "" {
				needed[p.Secret.Env] = append(needed[p.Secret.Env], c.Name)
			}
		}
	}
	return needed
}

// Literals names the credentials whose secret stands in the file, sorted.
func Literals(in *Input) []string {
	var names []string
	for _, c := range in.credentials() {
		for _, p := range c.Parts {
			if p.Secret.Env == "" {
				names = append(names, c.Name)
				break
			}
		}
	}
	return names
}
