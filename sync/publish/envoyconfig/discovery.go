package envoyconfig

import (
	"strconv"

	xdsmatcher "github.com/cncf/xds/go/xds/type/matcher/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	skipv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/matcher/action/v3"
	httpwasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"

	"github.com/routeiq/routeiq/abi"
)

// What follows is for an xDS server: the same filters as in a static file, but each that a configuration can change is
// looked up by name, so that the listener never changes.

// Names of the extension configurations that the listener refers to.
const (
	RouterExtension  = "routeiq_router"  // the module in the role router, with the document
	AdapterExtension = "routeiq_adapter" // the module in the role adapter
)

// CredentialParts is how many secret headers a credential may have where Envoy is configured by xDS: the listener
// has so many filters for them, and does not change for a credential with more.
const CredentialParts = 4

// CredentialExtension names the filter that puts the part of that index on.
func CredentialExtension(part int) string { return "routeiq_credential_" + strconv.Itoa(part+1) }

// FromAgent is where what is discovered comes from.
func FromAgent() *corev3.ConfigSource { return fromAgent() }

// fromAgent is the one stream that all comes by. Without a time limit: a listener that began without its configuration
// would answer errors, while one that waits is not ready, and its load balancer knows.
func fromAgent() *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion:    corev3.ApiVersion_V3,
		ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
		InitialFetchTimeout:   duration(0),
	}
}

// DiscoveredListener returns the clients' listener for an xDS server: it depends on its address alone.
func DiscoveredListener(a Address) *listenerv3.Listener {
	discovered := func(name string, kind proto.Message) *hcmv3.HttpFilter {
		return &hcmv3.HttpFilter{Name: name, ConfigType: &hcmv3.HttpFilter_ConfigDiscovery{ConfigDiscovery: &corev3.ExtensionConfigSource{
			ConfigSource: fromAgent(),
			TypeUrls:     []string{"type.googleapis.com/" + string(kind.ProtoReflect().Descriptor().FullName())},
		}}}
	}
	attempt := []*hcmv3.HttpFilter{discovered(AdapterExtension, &httpwasmv3.Wasm{})}
	for part := range CredentialParts {
		attempt = append(attempt, discovered(CredentialExtension(part), &matchingv3.ExtensionWithMatcher{}))
	}
	attempt = append(attempt, strip(), codec())
	m := manager([]*hcmv3.HttpFilter{corsFilter(), discovered(RouterExtension, &httpwasmv3.Wasm{}), decompressor(), last(attempt)})
	m.RouteSpecifier = &hcmv3.HttpConnectionManager_Rds{Rds: &hcmv3.Rds{RouteConfigName: RouteName, ConfigSource: fromAgent()}}
	return listener(a, m)
}

// DiscoveredRouter is the extension configuration with the router role's document.
func DiscoveredRouter(module Module, document []byte) *corev3.TypedExtensionConfig {
	return discoveredPlugin(RouterExtension, wasm(module, abi.RoleRouter, string(document)))
}

// DiscoveredAdapter is the extension configuration of the adapter role. It is another with each revision, so that Envoy reads the
// module's code for both roles at the same time: where a file was replaced since, one role would else run old code beside new
// code of the other, in another VM, and find none of its attempts.
func DiscoveredAdapter(module Module, revision string) *corev3.TypedExtensionConfig {
	return discoveredPlugin(AdapterExtension, wasm(module, abi.RoleAdapter, adapterDocument(revision)))
}

// discoveredPlugin is refused where Envoy has not the code yet: it would else take the configuration, answer 503 to every
// request, and not look again when it has it.
func discoveredPlugin(name string, w *httpwasmv3.Wasm) *corev3.TypedExtensionConfig {
	vm := w.GetConfig().GetVmConfig()
	vm.NackOnCodeCacheMiss = vm.GetCode().GetRemote() != nil
	return extension(name, w)
}

// DiscoveredCredentials is the extension configuration that puts the part of that index on, with secrets by SDS.
func DiscoveredCredentials(part int, credentials []abi.Credential) *corev3.TypedExtensionConfig {
	names := map[string]*xdsmatcher.Matcher_OnMatch{}
	for _, c := range credentials {
		if part < len(c.Parts) {
			names[c.Name] = onMatch("inject", inject(c, part, fromAgent()))
		}
	}
	if len(names) == 0 {
		// A map needs an entry: this one is of a name no credential has.
		names["/"] = onMatch("skip", &skipv3.SkipFilter{})
	}
	return extension(CredentialExtension(part), byCredential(names))
}
