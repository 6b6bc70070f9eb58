//go:build wasip1

// Command relay is the module of package host's tests: the roles router and adapter as docs/abi.md has them, without any
// decision. A request's header x-attempts lists the clusters to be tried, x-mode what is to happen, x-fail how the module
// is to fail and where. A document whose revision begins with "tick" makes the router tick.
package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() {
	proxywasm.SetVMContext(&machine{streams: map[string]*stream{}, stalled: map[uint32]*stream{}, paused: map[uint32]*adapter{}, holding: map[uint32]*adapter{}})
}

type machine struct {
	types.DefaultVMContext
	streams map[string]*stream
	stalled map[uint32]*stream  // to be closed by a tick, by the router's context
	paused  map[uint32]*adapter // to be resumed by a tick, by the adapter's context
	holding map[uint32]*adapter // whose answer a tick decides on, by the adapter's context
	lastKey uint64
}

// stream is what the router leaves for its adapters.
type stream struct {
	attempts []string
	made     int
	answered bool
	chunks   int
	quiet    int // ticks since its first chunk
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
	if strings.HasPrefix(p.revision, "tick") && !p.adapter {
		check(proxywasm.SetTickPeriodMilliSeconds(2))
	}
	return types.OnPluginStartStatusOK
}

// OnTick closes what is stalled and resumes what is paused, as another context's callback can.
func (p *plugin) OnTick() {
	for id, s := range p.stalled {
		if s.chunks > 0 {
			s.quiet++
		}
		// What is closed late was silent for a while: its last chunk has reached the client.
		if s.chunks == 0 && s.made == 0 || p.revision == "tick-late" && s.quiet < 50 {
			continue
		}
		delete(p.stalled, id)
		check(proxywasm.SetEffectiveContext(id))
		if status := closeStream(1); status != 0 {
			panic(status)
		}
	}
	for id, a := range p.holding {
		if a.stream.chunks == 0 {
			continue
		}
		delete(p.holding, id)
		a.held = false
		check(proxywasm.SetEffectiveContext(id))
		switch a.mode {
		case "late-retry":
			check(proxywasm.ReplaceHttpResponseHeader("x-routeiq-retry", "0"))
			check(proxywasm.ResumeHttpResponse())
		case "late-reply":
			check(proxywasm.SendHttpResponse(504, nil, []byte("too late"), -1))
		case "late-go":
			a.stream.answered = true
			check(proxywasm.ResumeHttpResponse())
		}
	}
	for id, a := range p.paused {
		if !a.whole {
			continue
		}
		delete(p.paused, id)
		check(proxywasm.SetEffectiveContext(id))
		check(proxywasm.ReplaceHttpRequestHeader("x-resumed", "by a tick"))
		check(proxywasm.ResumeHttpRequest())
	}
}

// closeStream is proxy_close_stream for a request (0) or a response (1); the SDK has it for TCP alone.
//
//go:wasmimport env proxy_close_stream
func closeStream(kind uint32) uint32

//go:wasmimport env proxy_set_header_map_pairs
func setPairs(kind uint32, at, size uint32) uint32

//go:wasmimport env proxy_set_buffer_bytes
func setBuffer(kind, start, length uint32, at, size uint32) uint32

// hoard keeps what the failure "hog" allocates.
var hoard [][]byte

// fail makes the module fail as "CALLBACK HOW" says, when this is the callback; "CALLBACK HOW NAME" only once in the
// life of the proxy, whatever VM it is.
func (m *machine) fail(what, callback string) (action types.Action, failed bool) {
	where, what, _ := strings.Cut(what, " ")
	if where != callback {
		return 0, false
	}
	how, name, once := strings.Cut(what, " ")
	if once {
		if _, _, err := proxywasm.GetSharedData("failed/" + name); err == nil {
			return 0, false
		}
		check(proxywasm.SetSharedData("failed/"+name, []byte("yes"), 0))
	}
	switch how {
	case "panic":
		panic("the " + callback + " panics")
	case "exit":
		os.Exit(3)
	case "loop":
		for i := 0; ; i++ {
			m.lastKey += uint64(i)
		}
	case "hog":
		for {
			hoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20))
		}
	case "action":
		return 99, true
	case "status":
		if proxywasm.SendHttpResponse(99_999, nil, nil, -1) == nil {
			return types.ActionContinue, true
		}
		return types.ActionPause, true
	case "map": // pairs that are none: the module is told, and gives up as modules do
		pairs := []byte("\xff\xff\x00\x00 and no lengths behind the number")
		at, size := uint32(uintptr(unsafe.Pointer(&pairs[0]))), uint32(len(pairs))
		if setPairs(0, at, size) != 0 && setPairs(2, at, size) != 0 {
			panic("header maps that do not parse were refused")
		}
	case "memory": // far outside
		if setBuffer(0, 0, 0, 0xffff_0000, 0xffff) != 0 && setBuffer(1, 0, 0, 0xffff_0000, 0xffff) != 0 {
			panic("memory that is not there was refused")
		}
	}
	return types.ActionContinue, true
}

func (p *plugin) NewHttpContext(id uint32) types.HttpContext {
	if p.adapter {
		return &adapter{plugin: p, id: id}
	}
	return &router{plugin: p, id: id}
}

type router struct {
	types.DefaultHttpContext
	plugin  *plugin
	id      uint32
	fail    string
	stream  *stream
	key     string
	mode    string
	list    string
	timeout string
	replied bool
}

func (r *router) OnHttpRequestHeaders(_ int, end bool) types.Action {
	r.mode, r.list, r.timeout = requestHeader("x-mode"), requestHeader("x-attempts"), requestHeader("x-timeout")
	r.fail = requestHeader("x-fail")
	if action, failed := r.plugin.fail(r.fail, "router-request"); failed {
		return action
	}
	switch r.mode {
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
	if action, failed := r.plugin.fail(r.fail, "router-body"); failed {
		return action
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
	if r.mode == "stall" {
		m.stalled[r.id] = r.stream
	}
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
	if action, failed := r.plugin.fail(r.fail, "router-answer"); failed {
		return action
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
	if r.mode == "late-reply" {
		return types.ActionContinue
	}
	check(proxywasm.SendHttpResponse(uint32(code), [][2]string{{"content-type", "application/json"}}, []byte(verdict()), -1))
	return types.ActionPause
}

func (r *router) OnHttpResponseBody(size int, _ bool) types.Action {
	if size > 0 {
		if action, failed := r.plugin.fail(r.fail, "router-answer-body"); failed {
			return action
		}
	}
	return types.ActionContinue
}

func (r *router) OnHttpStreamDone() {
	delete(r.plugin.stalled, r.id)
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
	id     uint32
	stream *stream
	name   string
	mode   string
	fail   string
	held   bool
	whole  bool // the request's body has come
}

func (a *adapter) OnHttpRequestHeaders(_ int, end bool) types.Action {
	a.mode, a.fail, a.whole = requestHeader("x-mode"), requestHeader("x-fail"), end
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
	}
	if action, failed := a.plugin.fail(a.fail, "adapter-request"); failed {
		return action
	}
	check(proxywasm.ReplaceHttpRequestHeader("x-dirty-"+a.name, "1"))
	check(proxywasm.ReplaceHttpRequestHeader(":path", "/"+a.name))
	if credential := requestHeader("x-credential-" + a.name); credential != "" {
		check(proxywasm.RemoveHttpRequestHeader("authorization"))
		check(proxywasm.ReplaceHttpRequestHeader("x-routeiq-credential", credential))
	}
	if a.mode == "pause" {
		a.plugin.paused[a.id] = a
		return types.ActionPause
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
	if a.mode == "pause" {
		a.whole = true
		return types.ActionPause
	}
	return types.ActionContinue
}

func (a *adapter) OnHttpResponseHeaders(int, bool) types.Action {
	if action, failed := a.plugin.fail(a.fail, "adapter-answer"); failed {
		return action
	}
	status, err := proxywasm.GetHttpResponseHeader(":status")
	check(err)
	if status == "429" || status[0] == '5' {
		check(proxywasm.ReplaceHttpResponseHeader("x-routeiq-retry", "0"))
		a.stream.answered = a.stream.made == len(a.stream.attempts)
		return types.ActionContinue
	}
	if kind, err := proxywasm.GetHttpResponseHeader("content-type"); err == nil && kind == "text/event-stream" {
		a.held = true
		if strings.HasPrefix(a.mode, "late-") && a.stream.made == 1 {
			a.plugin.holding[a.id] = a
		}
		return types.ActionPause
	}
	a.stream.answered = true
	return types.ActionContinue
}

func (a *adapter) OnHttpResponseBody(size int, end bool) types.Action {
	if size > 0 {
		if action, failed := a.plugin.fail(a.fail, "adapter-answer-body"); failed {
			return action
		}
		a.stream.chunks++
	}
	if !a.held {
		if size == 0 && end && a.mode != "mute" {
			a.lastWord()
		}
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
		check(proxywasm.ReplaceHttpResponseHeader("x-routeiq-retry", "0"))
		return types.ActionContinue
	}
	a.stream.answered = true
	return types.ActionContinue
}

// lastWord says in the stream that it broke off, when it did.
func (a *adapter) lastWord() {
	flags, err := proxywasm.GetProperty([]string{"response", "flags"})
	check(err)
	if n := binary.LittleEndian.Uint64(flags); n != 0 {
		check(proxywasm.AppendHttpResponseBody([]byte("event: error\ndata: 0x" + strconv.FormatUint(n, 16) + "\n\n")))
	}
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
