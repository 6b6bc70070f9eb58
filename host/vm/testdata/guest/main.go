//go:build wasip1

// Command guest is the module of package vm's tests. A stream does what its request header x-mode says, a plugin what
// its configuration says.
package main

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

func main() {}

func init() { proxywasm.SetVMContext(&vmContext{}) }

type vmContext struct{ types.DefaultVMContext }

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	config string
	ticks  proxywasm.MetricCounter
	queue  uint32
}

func (p *plugin) OnPluginStart(size int) types.OnPluginStartStatus {
	if size > 0 {
		config, err := proxywasm.GetPluginConfiguration()
		if err != nil {
			proxywasm.LogErrorf("configuration: %v", err)
			return types.OnPluginStartStatusFailed
		}
		p.config = string(config)
	}
	mode, argument, _ := strings.Cut(p.config, " ")
	switch mode {
	case "refuse":
		proxywasm.LogError("groups[3].name: it is empty")
		return types.OnPluginStartStatusFailed
	case "panic":
		panic("no such day")
	case "tick":
		p.ticks = proxywasm.DefineCounterMetric("ticks;plugin=" + argument)
		check(proxywasm.SetTickPeriodMilliSeconds(2))
	case "queue":
		id, err := proxywasm.RegisterSharedQueue("letters")
		check(err)
		p.queue = id
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnTick() { p.ticks.Increment(1) }

func (p *plugin) OnQueueReady(id uint32) {
	item, err := proxywasm.DequeueSharedQueue(id)
	check(err)
	check(proxywasm.SetSharedData("received", item, 0))
}

func (p *plugin) OnPluginDone() bool {
	check(proxywasm.SetSharedData("done/"+p.config, []byte("yes"), 0))
	return true
}

func (p *plugin) NewHttpContext(id uint32) types.HttpContext { return &stream{plugin: p, id: id} }

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
	id     uint32
	mode   string
	calls  int
}

// hoard keeps what the mode "hog" allocates.
var hoard [][]byte

func (s *stream) OnHttpRequestHeaders(n int, end bool) types.Action {
	mode, err := proxywasm.GetHttpRequestHeader("X-Mode")
	if err == nil {
		s.mode = mode
	}
	switch s.mode {
	case "headers":
		check(proxywasm.AddHttpRequestHeader("x-added", "1"))
		check(proxywasm.AddHttpRequestHeader("X-Added", "2"))
		check(proxywasm.ReplaceHttpRequestHeader(":path", "/other?x=1"))
		check(proxywasm.ReplaceHttpRequestHeader("x-twice", "once"))
		check(proxywasm.RemoveHttpRequestHeader("X-Gone"))
		all, err := proxywasm.GetHttpRequestHeaders()
		check(err)
		check(proxywasm.AddHttpRequestHeader("x-count", strconv.Itoa(n)+"/"+strconv.Itoa(len(all))))
		if err := proxywasm.AddHttpRequestHeader("x-split", "a\r\nb: c"); err != types.ErrorStatusBadArgument {
			panic("a header with a line break was taken")
		}
	case "replace":
		check(proxywasm.ReplaceHttpRequestHeaders([][2]string{{":method", "GET"}, {"x-only", ""}}))
	case "trap":
		panic("asked for it")
	case "loop":
		for i := 0; ; i++ {
			s.calls += i
		}
	case "hog":
		for {
			hoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20))
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "exit":
		var nobody *stream
		nobody.calls++
	case "hold", "body", "trailers":
		return types.ActionPause
	case "local":
		check(proxywasm.SendHttpResponse(403, [][2]string{{"x-why", "tired"}}, []byte("no"), -1))
		return types.ActionPause
	case "call", "call-local", "call-timeout":
		headers := [][2]string{{":method", "POST"}, {":path", "/judge"}, {":authority", "judge"}}
		timeout := uint32(1000)
		if s.mode == "call-timeout" {
			timeout = 10
		}
		_, err := proxywasm.DispatchHttpCall("judge", headers, []byte("question"), nil, timeout, s.answered)
		check(err)
		return types.ActionPause
	case "call-unknown":
		headers := [][2]string{{":method", "POST"}, {":path", "/judge"}, {":authority", "judge"}}
		if _, err := proxywasm.DispatchHttpCall("nowhere", headers, nil, nil, 0, s.answered); err == nil {
			panic("a call to an unknown cluster was taken")
		}
	case "count":
		s.count("counter")
	case "property":
		s.properties()
	case "enqueue":
		id, err := proxywasm.ResolveSharedQueue("", "letters")
		check(err)
		check(proxywasm.EnqueueSharedQueue(id, []byte("hello")))
	case "foreign":
		if _, err := proxywasm.CallForeignFunction("clear_route_cache", nil); err != nil {
			panic(err)
		}
		if _, err := proxywasm.CallForeignFunction("nonsense", nil); err != types.ErrorStatusNotFound {
			panic("an unknown foreign function was found")
		}
		reversed, err := proxywasm.CallForeignFunction("reverse", []byte("abc"))
		check(err)
		check(proxywasm.AddHttpRequestHeader("x-reversed", string(reversed)))
	case "metrics":
		c, g, h := proxywasm.DefineCounterMetric("c"), proxywasm.DefineGaugeMetric("g"), proxywasm.DefineHistogramMetric("h")
		c.Increment(3)
		g.Add(5)
		g.Add(-2)
		h.Record(7)
		check(proxywasm.AddHttpRequestHeader("x-metrics", strconv.FormatUint(c.Value(), 10)+"/"+strconv.FormatInt(g.Value(), 10)))
	}
	return types.ActionContinue
}

// count adds one to a number in shared data, with compare-and-swap.
func (s *stream) count(key string) {
	for {
		value, cas, err := proxywasm.GetSharedData(key)
		n := uint64(0)
		switch err {
		case nil:
			n = binary.LittleEndian.Uint64(value)
		case types.ErrorStatusNotFound:
			// Two may find nothing and both set it, as a first set has no number to compare: begin with a 0 that
			// nobody counts on.
			check(proxywasm.SetSharedData(key, make([]byte, 8), 0))
			continue
		default:
			panic(err)
		}
		err = proxywasm.SetSharedData(key, binary.LittleEndian.AppendUint64(nil, n+1), cas)
		if err == nil {
			return
		}
		if err != types.ErrorStatusCasMismatch {
			panic(err)
		}
	}
}

func (s *stream) properties() {
	for _, path := range []string{"plugin_root_id", "plugin_vm_id", "node.id", "request.path", "request.url_path", "request.query",
		"request.host", "request.method", "request.headers.x-mode", "request.protocol", "source.address", "set.before"} {
		parts := strings.Split(path, ".")
		if path == "set.before" {
			parts = []string{path}
		}
		value, err := proxywasm.GetProperty(parts)
		if err != nil {
			value = []byte(err.Error())
		}
		check(proxywasm.AddHttpRequestHeader("x-"+path, string(value)))
	}
	flags, err := proxywasm.GetProperty([]string{"response", "flags"})
	check(err)
	check(proxywasm.AddHttpRequestHeader("x-flags", strconv.FormatUint(binary.LittleEndian.Uint64(flags), 16)))
	check(proxywasm.SetProperty([]string{"routeiq.next"}, []byte("cluster-7")))
}

func (s *stream) answered(headers, size, _ int) {
	if headers == 0 {
		check(proxywasm.AddHttpRequestHeader("x-verdict", "none"))
		check(proxywasm.ResumeHttpRequest())
		return
	}
	body, err := proxywasm.GetHttpCallResponseBody(0, size)
	check(err)
	if s.mode == "call-local" {
		check(proxywasm.SendHttpResponse(418, nil, body, -1))
		return
	}
	check(proxywasm.AddHttpRequestHeader("x-verdict", string(body)))
	check(proxywasm.ResumeHttpRequest())
}

func (s *stream) OnHttpRequestBody(size int, end bool) types.Action {
	switch s.mode {
	case "body":
		if !end {
			return types.ActionPause
		}
		body, err := proxywasm.GetHttpRequestBody(0, size)
		check(err)
		check(proxywasm.ReplaceHttpRequestBody(append(bytes.ToUpper(body), '!')))
		check(proxywasm.PrependHttpRequestBody([]byte("<")))
		check(proxywasm.AppendHttpRequestBody([]byte(">")))
		check(proxywasm.AddHttpRequestHeader("x-size", strconv.Itoa(size)))
	case "hold":
		return types.ActionPause
	case "trap-body":
		panic("in the body")
	}
	return types.ActionContinue
}

func (s *stream) OnHttpRequestTrailers(n int) types.Action {
	if s.mode == "trailers" {
		check(proxywasm.AddHttpRequestTrailer("x-trailers", strconv.Itoa(n)))
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseHeaders(n int, end bool) types.Action {
	if _, err := proxywasm.GetHttpRequestHeader("x-mode"); err != types.ErrorStatusBadArgument {
		panic("request headers are visible after they went on")
	}
	switch s.mode {
	case "response":
		check(proxywasm.ReplaceHttpResponseHeader(":status", "299"))
		check(proxywasm.AddHttpResponseHeader("x-seen", strconv.FormatBool(end)))
	case "first-chunk", "response-local":
		return types.ActionPause
	case "response-trap":
		panic("in the answer")
	}
	return types.ActionContinue
}

func (s *stream) OnHttpResponseBody(size int, end bool) types.Action {
	s.calls++
	switch s.mode {
	case "first-chunk": // holds the headers until the second chunk
		if s.calls == 1 && !end {
			return types.ActionPause
		}
		if s.calls <= 2 {
			check(proxywasm.AddHttpResponseHeader("x-held", strconv.Itoa(size)))
		}
	case "response-local":
		check(proxywasm.SendHttpResponse(502, nil, []byte("instead"), -1))
		return types.ActionPause
	case "response":
		body, err := proxywasm.GetHttpResponseBody(0, size)
		if size > 0 {
			check(err)
			check(proxywasm.ReplaceHttpResponseBody(bytes.ToUpper(body)))
		}
	}
	return types.ActionContinue
}

func (s *stream) OnHttpStreamDone() {
	if s.mode != "log" {
		return
	}
	code, err := proxywasm.GetProperty([]string{"response", "code"})
	check(err)
	path, err := proxywasm.GetHttpRequestHeader(":path")
	check(err)
	status, err := proxywasm.GetHttpResponseHeader(":status")
	check(err)
	if err := proxywasm.ReplaceHttpResponseHeader("x", "y"); err == nil {
		panic("headers can be changed in the log phase")
	}
	text := path + " " + status + " " + strconv.FormatUint(binary.LittleEndian.Uint64(code), 10)
	check(proxywasm.SetProperty([]string{"routeiq.decision"}, []byte(text)))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
