package envoyconfig

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	httpwasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// TestRolesShareAVM: both plugins name the same VM with the same code and rights, so that Envoy makes one a worker, and
// what they are configured with is what the module parses.
func TestRolesShareAVM(t *testing.T) {
	in := checked(t)
	filter, err := RouterFilter(in)
	if err != nil {
		t.Fatal(err)
	}
	router, routerText := plugin(t, filter)
	adapter, adapterText := plugin(t, AdapterFilter(in))
	if !proto.Equal(router.GetVmConfig(), adapter.GetVmConfig()) {
		t.Error("they are not of one VM")
	}
	//lint:ignore SA1019 Envoy 1.39 does not know the field that replaces it
	if !proto.Equal(router.CapabilityRestrictionConfig, adapter.CapabilityRestrictionConfig) || len(router.CapabilityRestrictionConfig.AllowedCapabilities) != len(Capabilities) {
		t.Error("their rights differ, or are not those of Capabilities")
	}
	if vm := router.GetVmConfig(); vm.VmId != abi.VMID || vm.Code.GetLocal().GetFilename() != in.Module {
		t.Errorf("got %v", vm)
	}
	for _, p := range []*wasmv3.PluginConfig{router, adapter} {
		if !p.AllowOnHeadersStopIteration.GetValue() || p.FailurePolicy != wasmv3.FailurePolicy_FAIL_RELOAD {
			t.Errorf("%s: got %v", p.Name, p)
		}
	}
	got, err := abi.Parse([]byte(routerText))
	if err != nil {
		t.Fatal(err)
	}
	// Compared as text: reading may make an empty list of a missing one.
	was, is := document(t, &in.Config), document(t, got)
	if !reflect.DeepEqual(was, is) {
		t.Errorf("the router reads\n%s\nof\n%s", is, was)
	}
	role, err := abi.Parse([]byte(adapterText))
	if err != nil {
		t.Fatal(err)
	}
	if role.Role != abi.RoleAdapter {
		t.Errorf("the adapter's role is %q", role.Role)
	}
}

func plugin(t *testing.T, f *hcmv3.HttpFilter) (*wasmv3.PluginConfig, string) {
	t.Helper()
	var wasm httpwasmv3.Wasm
	if err := f.GetTypedConfig().UnmarshalTo(&wasm); err != nil {
		t.Fatal(err)
	}
	var text wrapperspb.StringValue
	if err := wasm.Config.Configuration.UnmarshalTo(&text); err != nil {
		t.Fatal(err)
	}
	return wasm.Config, text.Value
}

func document(t *testing.T, c *abi.Config) string {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCapabilitiesAreDistinct(t *testing.T) {
	sorted := slices.Sorted(slices.Values(Capabilities))
	if n := len(slices.Compact(sorted)); n != len(Capabilities) {
		t.Errorf("%d of %d names are distinct", n, len(Capabilities))
	}
}
