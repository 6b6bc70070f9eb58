package envoyconfig

import (
	"strings"
	"testing"

	matchingv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/common/matching/v3"
	httpwasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// TestDiscoveredListener: the listener names what a configuration can change, and holds none of it.
func TestDiscoveredListener(t *testing.T) {
	l := DiscoveredListener(Address{"127.0.0.1", 10000})
	if err := l.ValidateAll(); err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{RouterExtension, AdapterExtension, RouteName}
	for part := range CredentialParts {
		names = append(names, CredentialExtension(part))
	}
	for _, name := range names {
		if !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("%s is not referred to", name)
		}
	}
}

// TestDiscoveredCredentials: each part has its own map, and one without any is there too.
func TestDiscoveredCredentials(t *testing.T) {
	_, credentials := checked(t).Used()
	expected := []int{3, 1, 1, 1}
	for part := range CredentialParts {
		var m matchingv3.ExtensionWithMatcher
		if err := DiscoveredCredentials(part, credentials).TypedConfig.UnmarshalTo(&m); err != nil {
			t.Fatal(err)
		}
		if err := m.ValidateAll(); err != nil {
			t.Error(err)
		}
		names := m.XdsMatcher.GetMatcherTree().GetExactMatchMap().Map
		if len(names) != expected[part] || names["/"] == nil != (part < 2) {
			t.Errorf("part %d: %d names, expected %d", part, len(names), expected[part])
		}
	}
	for _, c := range credentials {
		if text := DiscoveredCredentials(0, credentials).String(); strings.Contains(text, "sk-") {
			t.Fatalf("%s: the filter holds a key", c.Name)
		}
	}
}

// TestDiscoveredModule: both roles are of one VM.
func TestDiscoveredModule(t *testing.T) {
	var router, adapter httpwasmv3.Wasm
	if err := DiscoveredRouter(Module{File: "routeiq.wasm"}, []byte("{}")).TypedConfig.UnmarshalTo(&router); err != nil {
		t.Fatal(err)
	}
	if err := DiscoveredAdapter(Module{File: "routeiq.wasm"}, "0123456789ab").TypedConfig.UnmarshalTo(&adapter); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(router.Config.GetVmConfig(), adapter.Config.GetVmConfig()) {
		t.Error("they are not of one VM")
	}
}
