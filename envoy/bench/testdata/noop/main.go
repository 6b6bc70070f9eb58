//go:build wasip1

// Command noop is a proxy-wasm module without a thought in it. What a proxy spends on it is the price of having a module:
// configured "idle" it is called for everything and does nothing; configured "carry" it makes the calls that no router and
// adapter of ours could do without — it holds the body, asks for retries, has the route chosen again, reads and replaces
// bodies — and decides nothing.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&machine{}) }

type machine struct{ types.DefaultVMContext }

// NewPluginContext implements types.VMContext.
func (*machine) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	carries bool
}

// OnPluginStart implements types.PluginContext.
func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	what, err := proxywasm.GetPluginConfiguration()
	switch {
	case err != nil:
		proxywasm.LogCritical("no configuration: " + err.Error())
		return types.OnPluginStartStatusFailed
	case string(what) == "carry":
		p.carries = true
	case string(what) != "idle":
		proxywasm.LogCritical("the configuration is " + string(what) + ", expected idle or carry")
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

// NewHttpContext implements types.PluginContext.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.carries {
		return &carrier{}
	}
	return &types.DefaultHttpContext{}
}

type carrier struct{ types.DefaultHttpContext }

// must ends the worker's VM: a benchmark of calls that fail would measure nothing.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// OnHttpRequestHeaders implements types.HttpContext.
func (*carrier) OnHttpRequestHeaders(int, bool) types.Action {
	must(proxywasm.ReplaceHttpRequestHeader("x-envoy-max-retries", "2"))
	return types.ActionPause
}

// OnHttpRequestBody implements types.HttpContext.
func (*carrier) OnHttpRequestBody(size int, end bool) types.Action {
	if !end {
		return types.ActionPause
	}
	body, err := proxywasm.GetHttpRequestBody(0, size)
	must(err)
	must(proxywasm.ReplaceHttpRequestBody(body))
	_, err = proxywasm.CallForeignFunction("clear_route_cache", nil)
	must(err)
	return types.ActionContinue
}

// OnHttpResponseHeaders implements types.HttpContext.
func (*carrier) OnHttpResponseHeaders(int, bool) types.Action {
	must(proxywasm.ReplaceHttpResponseHeader("x-routeiq-attempts", "1"))
	return types.ActionContinue
}

// OnHttpResponseBody implements types.HttpContext.
func (*carrier) OnHttpResponseBody(size int, _ bool) types.Action {
	if size > 0 {
		_, err := proxywasm.GetHttpResponseBody(0, size)
		must(err)
	}
	return types.ActionContinue
}
