package envoyconfig

import (
	"encoding/json"

	httpwasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/wasm/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	wasmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/wasm/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/routeiq/routeiq/abi"
)

// RouterFilter is the module in the role router, with the whole document.
func RouterFilter(in *Input) (*hcmv3.HttpFilter, error) {
	document, err := in.document()
	if err != nil {
		return nil, err
	}
	return filter(string(abi.RoleRouter), wasm(Module{File: in.Module}, abi.RoleRouter, document)), nil
}

// AdapterFilter is the module in the role adapter; it needs no document: the router leaves the attempts in VM memory.
func AdapterFilter(in *Input) *hcmv3.HttpFilter {
	return filter(string(abi.RoleAdapter), wasm(Module{File: in.Module}, abi.RoleAdapter, adapterDocument("")))
}

// adapterDocument is all that the adapter role needs. A revision in it makes it another with each.
func adapterDocument(revision string) string {
	text, err := json.Marshal(struct {
		Version  int      `json:"version"`
		Role     abi.Role `json:"role"`
		Revision string   `json:"revision,omitempty"`
	}{abi.ConfigVersion, abi.RoleAdapter, revision})
	must(err)
	return string(text)
}

// wasm is the module in a role. All roles have the same code and vm_id, so that they share one VM a worker.
func wasm(module Module, role abi.Role, document string) *httpwasmv3.Wasm {
	return &httpwasmv3.Wasm{Config: &wasmv3.PluginConfig{
		Name:   string(role),
		RootId: string(role),
		// Without it a request with a body hangs: holding the headers would hold the body callbacks too.
		AllowOnHeadersStopIteration: wrapperspb.Bool(true),
		// A VM that trapped answers 503 to its streams and is replaced.
		FailurePolicy: wasmv3.FailurePolicy_FAIL_RELOAD,
		//lint:ignore SA1019 deprecated in 1.40 in favour of the same in vm_config, which 1.39 does not know
		CapabilityRestrictionConfig: &wasmv3.CapabilityRestrictionConfig{AllowedCapabilities: capabilities()},
		Configuration:               pack(wrapperspb.String(document)),
		Vm: &wasmv3.PluginConfig_VmConfig{VmConfig: &wasmv3.VmConfig{
			VmId:    abi.VMID,
			Runtime: "envoy.wasm.runtime.v8",
			Code:    module.code(),
		}},
	}}
}

func capabilities() map[string]*wasmv3.SanitizationConfig {
	allowed := make(map[string]*wasmv3.SanitizationConfig, len(Capabilities))
	for _, name := range Capabilities {
		allowed[name] = &wasmv3.SanitizationConfig{}
	}
	return allowed
}

// Capabilities are the only functions that cross between Envoy and the module: the host functions of docs/abi.md, what
// Go's runtime imports of WASI preview 1, and the callbacks of an HTTP filter. No file, no socket, no other process.
var Capabilities = []string{
	"proxy_log",
	"proxy_get_header_map_value", "proxy_get_header_map_pairs", "proxy_set_header_map_pairs",
	"proxy_add_header_map_value", "proxy_replace_header_map_value", "proxy_remove_header_map_value",
	"proxy_get_buffer_bytes", "proxy_set_buffer_bytes",
	"proxy_get_property", "proxy_set_property",
	"proxy_get_shared_data", "proxy_set_shared_data",
	"proxy_define_metric", "proxy_increment_metric", "proxy_record_metric", "proxy_get_metric",
	"proxy_send_local_response", "proxy_call_foreign_function", "proxy_continue_stream", "proxy_close_stream",
	"proxy_set_tick_period_milliseconds", "proxy_set_effective_context", "proxy_http_call",

	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get", "fd_close", "fd_fdstat_get",
	"fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get", "fd_read", "fd_write", "poll_oneoff", "proc_exit", "random_get",
	"sched_yield",

	"_initialize", "proxy_on_memory_allocate", "proxy_on_vm_start", "proxy_on_context_create", "proxy_on_configure",
	"proxy_on_request_headers", "proxy_on_request_body", "proxy_on_request_trailers",
	"proxy_on_response_headers", "proxy_on_response_body", "proxy_on_response_trailers",
	"proxy_on_http_call_response", "proxy_on_tick", "proxy_on_done", "proxy_on_log", "proxy_on_delete",
}
