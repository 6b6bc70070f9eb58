package doctor

import (
	"strings"

	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	compositev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/composite/v3"
	injectorv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/credential_injector/v3"
	genericv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/injected_credentials/generic/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"github.com/routeiq/routeiq/abi"
)

// credentialMissing: an attempt that names a credential nobody knows goes out without a key.
var credentialMissing = Check{
	ID: "credential-missing", Severity: Error,
	Says:  "The document names a credential that no credential filter knows, or whose secret is not there.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		x.routers(func(p *Proxy, m *Manager, r *Plugin) {
			known, secrets := map[string]bool{}, map[string]bool{}
			for _, list := range attemptsOf(p, m) {
				for _, f := range list {
					for name, secret := range credentialMap(f) {
						known[name] = true
						// A file does not hold what comes by SDS.
						secrets[secret.GetName()] = secret.GetName() != "" && (secret.GetSdsConfig() == nil || p.Live != nil)
					}
				}
			}
			var unknown, absent, awaited []string
			seen := map[string]bool{}
			for _, d := range usable(r.Config) {
				if d.Credential != "" && !known[d.Credential] && !seen[d.Credential] {
					seen[d.Credential] = true
					unknown = append(unknown, d.Credential)
				}
			}
			there := map[string]*Secret{}
			for _, s := range p.Secrets {
				there[s.Name] = s
			}
			for _, name := range sortedTrue(secrets) {
				switch s := there[name]; {
				case s == nil:
					absent = append(absent, name)
				case s.Awaited:
					awaited = append(awaited, name)
				}
			}
			const do = "render again, or add them; with an agent: look whether Envoy refused the update"
			if len(unknown) > 0 {
				x.find(r.Where, do, "no credential filter knows what the document names: %s: requests go out without a key", some(unknown))
			}
			if len(absent) > 0 {
				x.find(p.Origin, do, "credential filters read secrets that are not there: %s: attempts are answered 401", some(absent))
			}
			if len(awaited) > 0 {
				x.find(p.Origin, "look whether the agent that serves secrets can be reached", "secrets have not come yet: %s", some(awaited))
			}
		})
	},
}

// credentialMap maps the names a credential filter knows to the secrets it reads, nil where it signs with something else; it is
// nil when the filter is none.
func credentialMap(f *Filter) map[string]*tlsv3.SdsSecretConfig {
	m, ok := f.Config.(*matchingv3.ExtensionWithMatcher)
	if !ok {
		return nil
	}
	found := m.GetXdsMatcher().GetMatcherTree()
	var input matcherv3.HttpRequestHeaderMatchInput
	if packed := found.GetInput().GetTypedConfig(); packed == nil || packed.UnmarshalTo(&input) != nil || !strings.EqualFold(input.HeaderName, abi.HeaderCredential) {
		return nil
	}
	names := map[string]*tlsv3.SdsSecretConfig{}
	for name, on := range found.GetExactMatchMap().GetMap() {
		names[name] = secretOf(on)
	}
	return names
}

// secretOf returns the secret that an action injects; nil for one that does something else.
func secretOf(on *xdsmatcher.Matcher_OnMatch) *tlsv3.SdsSecretConfig {
	var action compositev3.ExecuteFilterAction
	var injector injectorv3.CredentialInjector
	var generic genericv3.Generic
	packed := on.GetAction().GetTypedConfig()
	if packed == nil || packed.UnmarshalTo(&action) != nil || action.GetTypedConfig().GetTypedConfig() == nil ||
		action.TypedConfig.TypedConfig.UnmarshalTo(&injector) != nil || injector.GetCredential().GetTypedConfig() == nil ||
		injector.Credential.TypedConfig.UnmarshalTo(&generic) != nil {
		return nil
	}
	return generic.GetCredential()
}
