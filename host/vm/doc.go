// Package vm runs a proxy-wasm module (ABI 0.2) in wazero as Envoy runs it in V8. It knows the ABI and nothing of HTTP
// servers or clients: package host drives it, one Stream per HTTP exchange and filter.
//
//	Module   compiled bytes, checked                  Compile
//	VM       one instance, used by one caller a time  Module.NewVM
//	Plugin   a root context: one configuration        VM.StartPlugin
//	Stream   an HTTP context: one exchange            Plugin.NewStream
//	Exchange what all filters of one exchange share   NewExchange
//	Shared   shared data and queues, outside the VMs  NewShared
//
// Behaviour follows Envoy 1.40 with allow_on_headers_stop_iteration set; where it matters, comments name the rule.
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
package vm
