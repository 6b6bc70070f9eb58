package envoyconfig

import (
	"strconv"

	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	compositev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/composite/v3"
	injectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	genericv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"

	"github.com/routeiq/routeiq/abi"
)

// CredentialFilters put on an attempt the headers of the credential it names in x-routeiq-credential. Each filter maps
// names to one part, since a matcher runs one action: the n-th filter has the n-th part of each credential that has one.
func CredentialFilters(in *Input) []*hcmv3.HttpFilter {
	var filters []*hcmv3.HttpFilter
	for part := 0; ; part++ {
		names := map[string]*xdsmatcher.Matcher_OnMatch{}
		for _, c := range in.credentials() {
			if part < len(c.Parts) {
				names[c.Name] = onMatch("inject", inject(c, part, nil))
			}
		}
		if len(names) == 0 {
			return filters
		}
		filters = append(filters, filter("credential_"+strconv.Itoa(part+1), byCredential(names)))
	}
}

// byCredential is a filter that does for an attempt what stands beside the name of its credential.
func byCredential(names map[string]*xdsmatcher.Matcher_OnMatch) *matchingv3.ExtensionWithMatcher {
	return &matchingv3.ExtensionWithMatcher{
		ExtensionConfig: extension("composite", &compositev3.Composite{}),
		XdsMatcher:      exactMatch("name", headerInput(abi.HeaderCredential), names),
	}
}

// inject is the filter that puts one part of one credential on, replacing whatever a client or an attempt before it left
// in that header. Without the secret it answers 401 rather than send a request without a key. The secret comes from where
// source says, or is one of the bootstrap's own.
func inject(c abi.Credential, part int, source *corev3.ConfigSource) *compositev3.ExecuteFilterAction {
	return &compositev3.ExecuteFilterAction{TypedConfig: extension("inject", injector(SecretName(c.Name, part), c.Parts[part], source))}
}

func injector(secret string, p abi.CredentialPart, source *corev3.ConfigSource) *injectorv3.CredentialInjector {
	return &injectorv3.CredentialInjector{
		Overwrite: true,
		Credential: extension("generic", &genericv3.Generic{
			Credential:        &tlsv3.SdsSecretConfig{Name: secret, SdsConfig: source},
			Header:            p.Header,
			HeaderValuePrefix: p.Prefix,
		}),
	}
}

// Own makes a cluster do for the module's own calls, which pass no filter of a listener, what those filters do for attempts: it puts
// its credential on, if it has one, and takes off what no upstream may see. The secrets come from where source says, or are the
// bootstrap's own.
func Own(pb *clusterv3.Cluster, c abi.Credential, source *corev3.ConfigSource) {
	var filters []*hcmv3.HttpFilter
	for i, part := range c.Parts {
		filters = append(filters, filter("credential_"+strconv.Itoa(i+1), injector(SecretName(c.Name, i), part, source)))
	}
	filtered(pb, append(filters, strip())...)
}
