package envoyconfig

import (
	"strconv"

	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
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
				names[c.Name] = onMatch("inject", inject(c, part))
			}
		}
		if len(names) == 0 {
			return filters
		}
		filters = append(filters, filter("credential_"+strconv.Itoa(part+1), &matchingv3.ExtensionWithMatcher{
			ExtensionConfig: extension("composite", &compositev3.Composite{}),
			XdsMatcher:      exactMatch("name", headerInput(abi.HeaderCredential), names),
		}))
	}
}

// inject is the filter that puts one part of one credential on, replacing whatever a client or an attempt before it left
// in that header. Without the secret it answers 401 rather than send a request without a key.
func inject(c abi.Credential, part int) *compositev3.ExecuteFilterAction {
	p := c.Parts[part]
	return &compositev3.ExecuteFilterAction{TypedConfig: extension("inject", &injectorv3.CredentialInjector{
		Overwrite: true,
		Credential: &corev3.TypedExtensionConfig{Name: "generic", TypedConfig: pack(&genericv3.Generic{
			Credential:        &tlsv3.SdsSecretConfig{Name: secretName(c, part)},
			Header:            p.Header,
			HeaderValuePrefix: p.Prefix,
		})},
	})}
}
