//go:build wasip1

// Command noop is a proxy-wasm module without a thought in it. What a proxy spends on it is the price of having a module:
// built as "idle" it is called for everything and does nothing; built as "carry" it makes the calls that no router and
// adapter of ours could do without — it holds the body, asks for retries, has the route chosen again, reads and replaces
// bodies — and decides nothing.
//
// Where its configuration is a router's document, it also names the first deployment's cluster and credential for every
// request, built as either: the host has no filter of its own that could, as Envoy has.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
)

// mode is idle or carry; the linker sets it.
var mode string

func main() {}

func init() { proxywasm.SetVMContext(&machine{}) }

// machine is one VM. The adapter's document says nothing of deployments: it finds here what the router, which starts
// first, has read.
type machine struct {
	types.DefaultVMContext
	cluster    []byte
	credential string
}

// NewPluginContext implements types.VMContext.
func (m *machine) NewPluginContext(uint32) types.PluginContext { return &plugin{machine: m} }

type plugin struct {
	types.DefaultPluginContext
	machine *machine
	role    abi.Role // empty: Envoy's own filters name the cluster and the credential
}

// OnPluginStart implements types.PluginContext.
func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	if mode != "idle" && mode != "carry" {
		return refuse("it is built as " + mode + ", expected idle or carry")
	}
	if size == 0 {
		return types.OnPluginStartStatusOK
	}
	text, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		return refuse("no configuration: " + err.Error())
	}
	document, err := abi.Parse(text)
	if err != nil {
		return refuse(err.Error())
	}
	p.role = document.Role
	if p.role == abi.RoleRouter {
		if len(document.Groups) == 0 || len(document.Groups[0].Deployments) == 0 {
			return refuse("the document has no deployment, expected one to send everything to")
		}
		first := document.Groups[0].Deployments[0]
		p.machine.cluster, p.machine.credential = []byte(first.Cluster), first.Credential
	}
	return types.OnPluginStartStatusOK
}

func refuse(why string) types.OnPluginStartStatus {
	proxywasm.LogCritical(why)
	return types.OnPluginStartStatusFailed
}

// NewHttpContext implements types.PluginContext.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if mode == "carry" {
		return &carrier{plugin: p}
	}
	return &idler{plugin: p}
}

// names tells the proxy where to send the request, and with what, where nobody else does.
func (p *plugin) names() {
	switch p.role {
	case abi.RoleRouter:
		must(proxywasm.SetProperty([]string{abi.PropertyNext}, p.machine.cluster))
	case abi.RoleAdapter:
		must(proxywasm.ReplaceHttpRequestHeader(abi.HeaderCredential, p.machine.credential))
	}
}

// must ends the worker's VM: a benchmark of calls that fail would measure nothing.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

type idler struct {
	types.DefaultHttpContext
	plugin *plugin
}

// OnHttpRequestHeaders implements types.HttpContext.
func (i *idler) OnHttpRequestHeaders(int, bool) types.Action {
	i.plugin.names()
	return types.ActionContinue
}

type carrier struct {
	types.DefaultHttpContext
	plugin *plugin
}

// OnHttpRequestHeaders implements types.HttpContext.
func (c *carrier) OnHttpRequestHeaders(int, bool) types.Action {
	must(proxywasm.ReplaceHttpRequestHeader(abi.HeaderEnvoyMaxRetries, "2"))
	c.plugin.names()
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
	must(proxywasm.ReplaceHttpResponseHeader(abi.HeaderAttempts, "1"))
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
