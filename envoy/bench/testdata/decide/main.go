//go:build wasip1

// Command decide is a proxy-wasm module that answers GET /?strategy=NAME&candidates=N&rounds=R&batches=B with what a decision
// costs in the proxy that runs it, as JSON: see package envoy/bench/decide.
package main

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/plugins/store"
)

func main() {}

func init() { proxywasm.SetVMContext(&machine{}) }

type machine struct{ types.DefaultVMContext }

// NewPluginContext implements types.VMContext.
func (*machine) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct{ types.DefaultPluginContext }

// NewHttpContext implements types.PluginContext.
func (*plugin) NewHttpContext(uint32) types.HttpContext { return &asked{} }

type asked struct{ types.DefaultHttpContext }

// OnHttpRequestHeaders implements types.HttpContext.
func (*asked) OnHttpRequestHeaders(int, bool) types.Action {
	status, body := 200, []byte(nil)
	r, err := measure()
	if err == nil {
		body, err = json.Marshal(r)
	}
	if err != nil {
		status, body = 400, []byte(err.Error())
	}
	if err := proxywasm.SendHttpResponse(uint32(status), nil, body, -1); err != nil {
		panic(err)
	}
	return types.ActionPause
}

func measure() (r decide.Result, err error) {
	path, err := proxywasm.GetHttpRequestHeader(":path")
	if err != nil {
		return r, err
	}
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return r, err
	}
	query := u.Query()
	c := decide.Case{Strategy: query.Get("strategy")}
	for name, into := range map[string]*int{"candidates": &c.Candidates, "rounds": &c.Rounds, "batches": &c.Batches, "shape": &c.Shape, "prompt": &c.Prompt} {
		if *into, err = strconv.Atoi(query.Get(name)); err != nil {
			return r, err
		}
	}
	return decide.Run(c, sharedData{})
}

// sharedData is the proxy's shared data, as the product's own module reads and writes it.
type sharedData struct{}

var _ store.Store = sharedData{}

// Get implements store.Store.
func (sharedData) Get(key string) ([]byte, uint32, bool) {
	value, version, err := proxywasm.GetSharedData(key)
	return value, version, err == nil
}

// Swap implements store.Store.
func (sharedData) Swap(key string, value []byte, version uint32) bool {
	return proxywasm.SetSharedData(key, value, version) == nil
}
