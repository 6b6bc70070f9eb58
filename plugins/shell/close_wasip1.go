//go:build wasip1

package shell

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

// proxyCloseStream ends an HTTP stream. The SDK has it for TCP streams alone.
//
//go:wasmimport env proxy_close_stream
func proxyCloseStream(kind uint32) uint32

const responseStream = 1 // proxy-wasm's stream type of an answer

// closeStream ends the answer of the effective context.
func closeStream() {
	if status := proxyCloseStream(responseStream); status != 0 {
		proxywasm.LogError("routeiq: a stream could not be ended")
	}
}
