//go:build wasip1

// Command relay is the module of package host's tests: the roles router and adapter as docs/abi.md has them, without any
// decision. A request's header x-attempts lists the clusters to be tried, x-mode what is to go wrong.
package main

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&machine{streams: map[string]*stream{}}) }

type machine struct {
	types.DefaultVMContext
	streams map[string]*stream
	lastKey uint64
}

// stream is what the router leaves for its adapters.
type stream struct {
	attempts []string
	made     int
	answered bool
}

func (m *machine) NewPluginContext(uint32) types.PluginContext { return &plugin{machine: m} }

type plugin struct {
	types.DefaultPluginContext
	*machine
	adapter  bool
	revision string
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	text, err := proxywasm.GetPluginConfiguration()
	check(err)
	p.adapter = strings.Contains(string(text), `"role":"adapter"`)
	_, rest, _ := strings.Cut(string(text), `"revision":"`)
	p.revision, _, _ = strings.Cut(rest, `"`)
	if p.revision == "refuse" {
		proxywasm.LogError("revision: this one is refused")
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.adapter {
		return &adapter{plugin: p}
	}
	return &router{plugin: p}
}

type router struct {
	types.DefaultHttpContext
	plugin  *plugin
	stream  *stream
	key     string
	mode    string
	list    string
	timeout string
	replied bool
}

func (r *router) OnHttpRequestHeaders(_ int, end bool) types.Action {
	r.mode, r.list, r.timeout = requestHeader("x-mode"), requestHeader("x-attempts"), requestHeader("x-timeout")
	switch r.mode {
	case "trap":
		panic("the router traps")
	case "loop":
		for i := 0; ; i++ {
			r.plugin.lastKey += uint64(i)
		}
	case "local":
		r.replied = true
		check(proxywasm.SendHttpResponse(418, [][2]string{{"x-why", "tea"}}, []byte("short and stout"), -1))
		return types.ActionPause
	case "hold":
		return types.ActionPause
	}
	if end {
		return r.decide()
	}
	return types.ActionPause
}

func (r *router) OnHttpRequestBody(_ int, end bool) types.Action {
	if !end || r.mode == "hold" {
		return types.ActionPause
	}
	return r.decide()
}

func (r *router) decide() types.Action {
	if r.list == "" {
		return types.ActionContinue // no property is set: there is no cluster
	}
	m := r.plugin.machine
	m.lastKey++
	r.key = strconv.FormatUint(m.lastKey, 10)
	r.stream = &stream{attempts: strings.Split(r.list, ",")}
	m.streams[r.key] = r.stream
	check(proxywasm.SetProperty([]string{"routeiq.stream"}, []byte(r.key)))
	check(proxywasm.SetProperty([]string{"routeiq.next"}, []byte(r.stream.attempts[0])))
	check(proxywasm.ReplaceHttpRequestHeader("x-envoy-max-retries", strconv.Itoa(len(r.stream.attempts)-1)))
	if r.timeout != "" {
		check(proxywasm.ReplaceHttpRequestHeader("x-envoy-upstream-rq-timeout-ms", r.timeout))
	}
	_, err := proxywasm.CallForeignFunction("clear_route_cache", nil)
	check(err)
	return types.ActionContinue
}

func (r *router) OnHttpResponseHeaders(int, bool) types.Action {
	if r.replied {
		return types.ActionContinue
	}
	if r.mode == "trap-response" {
		panic("the router traps in the answer")
	}
	if r.stream != nil && r.stream.answered {
		check(proxywasm.AddHttpResponseHeader("x-relay-attempts", strconv.Itoa(r.stream.made)))
		check(proxywasm.AddHttpResponseHeader("x-relay-revision", r.plugin.revision))
		return types.ActionContinue
	}
	// The proxy answered itself: say it in our own words.
	status, err := proxywasm.GetHttpResponseHeader(":status")
	check(err)
	code, err := strconv.Atoi(status)
	check(err)
	r.replied = true
	check(proxywasm.SendHttpResponse(uint32(code), [][2]string{{"content-type", "application/json"}}, []byte(verdict()), -1))
	return types.ActionPause
}

func (r *router) OnHttpResponseBody(size int, _ bool) types.Action {
	if r.mode == "trap-body" && size > 0 {
		panic("the router traps in the body")
	}
	return types.ActionContinue
}

func (r *router) OnHttpStreamDone() {
	made := 0
	if r.stream != nil {
		made = r.stream.made
		delete(r.plugin.machine.streams, r.key)
	}
	check(proxywasm.SetProperty([]string{"routeiq.decision"}, []byte(`{"attempts":`+strconv.Itoa(made)+`,"verdict":`+verdict()+`}`)))
}

// verdict is what the proxy says of the exchange.
func verdict() string {
	flags, err := proxywasm.GetProperty([]string{"response", "flags"})
	check(err)
	code, err := proxywasm.GetProperty([]string{"response", "code"})
	if err != nil {
		code = make([]byte, 8)
	}
	details, err := proxywasm.GetProperty([]string{"response", "code_details"})
	if err != nil {
		details = nil
	}
	return `{"flags":"0x` + strconv.FormatUint(binary.LittleEndian.Uint64(flags), 16) +
		`","code":` + strconv.FormatUint(binary.LittleEndian.Uint64(code), 10) + `,"details":"` + string(details) + `"}`
}

type adapter struct {
	types.DefaultHttpContext
	plugin *plugin
	stream *stream
	name   string
	held   bool
}

func (a *adapter) OnHttpRequestHeaders(int, bool) types.Action {
	key, err := proxywasm.GetProperty([]string{"routeiq.stream"})
	check(err)
	a.stream = a.plugin.streams[string(key)]
	if a.stream == nil || a.stream.made == len(a.stream.attempts) {
		check(proxywasm.SendHttpResponse(503, nil, []byte("no attempt left"), -1))
		return types.ActionPause
	}
	a.name = a.stream.attempts[a.stream.made]
	a.stream.made++
	if a.stream.made < len(a.stream.attempts) {
		check(proxywasm.SetProperty([]string{"routeiq.next"}, []byte(a.stream.attempts[a.stream.made])))
	}
	switch a.name {
	case "routeiq_mock":
		a.stream.answered = true
		check(proxywasm.SendHttpResponse(200, [][2]string{{"content-type", "text/plain"}}, []byte("mock"), -1))
		return types.ActionPause
	case "adapter-traps":
		panic("the adapter traps")
	}
	check(proxywasm.ReplaceHttpRequestHeader("x-dirty-"+a.name, "1"))
	check(proxywasm.ReplaceHttpRequestHeader(":path", "/"+a.name))
	if credential := requestHeader("x-credential-" + a.name); credential != "" {
		check(proxywasm.RemoveHttpRequestHeader("authorization"))
		check(proxywasm.ReplaceHttpRequestHeader("x-routeiq-credential", credential))
	}
	return types.ActionContinue
}

func (a *adapter) OnHttpRequestBody(_ int, end bool) types.Action {
	if a.stream == nil {
		return types.ActionContinue
	}
	if !end {
		return types.ActionPause
	}
	check(proxywasm.AppendHttpRequestBody([]byte("|" + a.name)))
	return types.ActionContinue
}

func (a *adapter) OnHttpResponseHeaders(int, bool) types.Action {
	status, err := proxywasm.GetHttpResponseHeader(":status")
	check(err)
	if status == "429" || status[0] == '5' {
		check(proxywasm.ReplaceHttpResponseHeader("x-routeiq-retry", "1"))
		a.stream.answered = a.stream.made == len(a.stream.attempts)
		return types.ActionContinue
	}
	if kind, err := proxywasm.GetHttpResponseHeader("content-type"); err == nil && kind == "text/event-stream" {
		a.held = true
		return types.ActionPause
	}
	a.stream.answered = true
	return types.ActionContinue
}

func (a *adapter) OnHttpResponseBody(size int, end bool) types.Action {
	if !a.held {
		return types.ActionContinue
	}
	first, err := proxywasm.GetHttpResponseBody(0, size)
	if err != nil && size > 0 {
		panic(err)
	}
	if len(first) < 6 && !end {
		return types.ActionPause
	}
	a.held = false
	if strings.HasPrefix(string(first), "error!") {
		check(proxywasm.ReplaceHttpResponseHeader("x-routeiq-retry", "1"))
		return types.ActionContinue
	}
	a.stream.answered = true
	return types.ActionContinue
}

func requestHeader(name string) string {
	value, err := proxywasm.GetHttpRequestHeader(name)
	if err != nil {
		return ""
	}
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
