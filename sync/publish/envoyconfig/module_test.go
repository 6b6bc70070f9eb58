package envoyconfig

import (
	"strings"
	"testing"

	httpwasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"

	"github.com/routeiq/routeiq/abi"
)

// TestModule: a file is read where Envoy runs; a hash has it fetched from the agent, by a cluster that waits for it, while the plugins
// that need it are refused without it.
func TestModule(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for _, m := range []Module{{File: "/a/routeiq.wasm"}, {File: "/a/routeiq.wasm", SHA256: sum}} {
		var plugin httpwasmv3.Wasm
		if err := DiscoveredAdapter(m, "0123456789ab").TypedConfig.UnmarshalTo(&plugin); err != nil {
			t.Fatal(err)
		}
		vm := plugin.GetConfig().GetVmConfig()
		code := vm.GetCode()
		if m.SHA256 == "" {
			if code.GetLocal().GetFilename() != m.File || vm.GetNackOnCodeCacheMiss() {
				t.Errorf("a file: %v", vm)
			}
			continue
		}
		remote := code.GetRemote()
		if remote.GetSha256() != sum || remote.GetHttpUri().GetCluster() != abi.AgentCluster || !strings.HasSuffix(remote.GetHttpUri().GetUri(), ModulePath+sum) || !vm.GetNackOnCodeCacheMiss() {
			t.Errorf("a hash: %v", vm)
		}
		if err := remote.ValidateAll(); err != nil {
			t.Error(err)
		}
	}
	c := ModuleCluster(Module{SHA256: sum})
	var options httpv3.HttpProtocolOptions
	if err := c.TypedExtensionProtocolOptions[httpProtocolOptions].UnmarshalTo(&options); err != nil {
		t.Fatal(err)
	}
	var plugin httpwasmv3.Wasm
	if err := options.HttpFilters[0].GetTypedConfig().UnmarshalTo(&plugin); err != nil {
		t.Fatal(err)
	}
	// The one that fetches must not be refused for what it has not got.
	if vm := plugin.GetConfig().GetVmConfig(); vm.GetCode().GetRemote().GetSha256() != sum || vm.GetNackOnCodeCacheMiss() {
		t.Errorf("the cluster: %v", vm)
	}
	if err := c.ValidateAll(); err != nil {
		t.Error(err)
	}
}
