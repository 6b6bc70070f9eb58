//go:build wasip1

// Command guest is a small module that plays the roles router and adapter of docs/abi.md over a rendered configuration,
// without RouteIQ's logic: the request's header x-plan lists the deployments to try. With it a test can tell what Envoy
// and the rendered file do from what our module does.
package main

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
)

func main() {}

func init() { proxywasm.SetVMContext(&vm{}) }

type vm struct{ types.DefaultVMContext }

func (*vm) NewPluginContext(uint32) types.PluginContext { return &plugin{} }

type plugin struct {
	types.DefaultPluginContext
	config *abi.Config
	done   proxywasm.MetricCounter
}

// OnPluginStart reads the document as the module does.
func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	text, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		proxywasm.LogCritical("guest: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	if p.config, err = abi.Parse(text); err != nil {
		proxywasm.LogCritical("guest: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	p.done = proxywasm.DefineCounterMetric(abi.MetricAttempts + ";deployment=a.b-c:d_e;class=ok")
	return types.OnPluginStartStatusOK
}

// NewHttpContext starts a stream in the role of the document.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.config.Role == abi.RoleRouter {
		return &router{plugin: p}
	}
	return &adapter{}
}

// record is what the router leaves for the adapters of its stream.
type record struct {
	plan  []*abi.Deployment
	made  int
	words string // what the test asks of the guest
}

var (
	records = map[uint64]*record{}
	lastKey uint64
)

type router struct {
	types.DefaultHttpContext
	plugin *plugin
	key    uint64
	rec    *record
	id     string
	saw    string // the properties at the answer's headers
}

func (r *router) OnHttpRequestHeaders(_ int, end bool) types.Action {
	plan := take("x-plan")
	r.rec = &record{words: take("x-guest")}
	r.id, _ = proxywasm.GetHttpRequestHeader(abi.HeaderRequestID)
	for _, id := range strings.Split(plan, ",") {
		if d := r.deployment(id); d != nil {
			r.rec.plan = append(r.rec.plan, d)
		}
	}
	lastKey++
	r.key = lastKey
	records[r.key] = r.rec
	if !end {
		return types.ActionPause
	}
	r.decide()
	return types.ActionContinue
}

func (r *router) OnHttpRequestBody(size int, end bool) types.Action {
	if limit := r.plugin.config.Limits.MaxBodyBytes; size > limit && !r.asked("envoy413") {
		must(proxywasm.SendHttpResponse(413, [][2]string{{"x-guest", "own"}}, []byte("guest: too large"), -1))
		return types.ActionPause
	}
	if !end {
		return types.ActionPause
	}
	r.decide()
	return types.ActionContinue
}

func (r *router) decide() {
	must(proxywasm.SetProperty([]string{abi.PropertyStream}, []byte(strconv.FormatUint(r.key, 10))))
	if len(r.rec.plan) > 0 {
		must(proxywasm.SetProperty([]string{abi.PropertyNext}, []byte(r.rec.plan[0].Cluster)))
	}
	must(proxywasm.ReplaceHttpRequestHeader(abi.HeaderEnvoyMaxRetries, strconv.Itoa(max(len(r.rec.plan)-1, 0))))
	if _, ms, ok := strings.Cut(r.rec.words, "timeout="); ok {
		must(proxywasm.ReplaceHttpRequestHeader(abi.HeaderEnvoyTimeout, ms))
	}
	_, err := proxywasm.CallForeignFunction("clear_route_cache", nil)
	must(err)
}

func (r *router) OnHttpResponseHeaders(int, bool) types.Action {
	r.saw = properties()
	if r.asked("replace") {
		must(proxywasm.SendHttpResponse(418, [][2]string{{"x-guest", "replaced"}}, []byte("guest: replaced"), -1))
		return types.ActionPause
	}
	must(proxywasm.ReplaceHttpResponseHeader("x-guest-saw", r.saw))
	return types.ActionContinue
}

// OnHttpStreamDone leaves a decision as the module does: the last moment at which the access log can see it.
func (r *router) OnHttpStreamDone() {
	if r.rec == nil {
		return // the request was no HTTP: there were no headers
	}
	if r.rec.made > 0 { // Envoy refuses to add nothing
		r.plugin.done.Increment(uint64(r.rec.made))
	}
	must(proxywasm.SetProperty([]string{abi.PropertyDecision}, []byte(
		`{"id":`+strconv.Quote(r.id)+`,"made":`+strconv.Itoa(r.rec.made)+`,"answer":`+strconv.Quote(r.saw)+`,"done":`+strconv.Quote(properties())+`}`)))
	delete(records, r.key)
}

func (r *router) asked(word string) bool { return strings.Contains(r.rec.words, word) }

func (r *router) deployment(id string) *abi.Deployment {
	for _, g := range r.plugin.config.Groups {
		for i := range g.Deployments {
			if g.Deployments[i].ID == id {
				return &g.Deployments[i]
			}
		}
	}
	return nil
}

type adapter struct {
	types.DefaultHttpContext
	rec *record
}

func (a *adapter) OnHttpRequestHeaders(_ int, end bool) types.Action {
	key, err := proxywasm.GetProperty([]string{abi.PropertyStream})
	if err == nil {
		n, _ := strconv.ParseUint(string(key), 10, 64)
		a.rec = records[n]
	}
	if a.rec == nil || a.rec.made >= len(a.rec.plan) {
		must(proxywasm.SendHttpResponse(503, nil, []byte("guest: no attempt"), -1))
		return types.ActionPause
	}
	d := a.rec.plan[a.rec.made]
	a.rec.made++
	if a.rec.made < len(a.rec.plan) {
		must(proxywasm.SetProperty([]string{abi.PropertyNext}, []byte(a.rec.plan[a.rec.made].Cluster)))
	}
	for _, name := range abi.CredentialHeaders {
		must(proxywasm.RemoveHttpRequestHeader(name))
	}
	must(proxywasm.ReplaceHttpRequestHeader(":authority", d.Authority))
	must(proxywasm.ReplaceHttpRequestHeader("accept-encoding", "identity"))
	must(proxywasm.ReplaceHttpRequestHeader(abi.HeaderCredential, d.Credential))
	if strings.Contains(a.rec.words, "local") {
		must(proxywasm.SendHttpResponse(418, [][2]string{{"x-guest", "local"}}, []byte("guest: local"), -1))
		return types.ActionPause
	}
	if end {
		return types.ActionContinue
	}
	return types.ActionPause
}

func (a *adapter) OnHttpRequestBody(_ int, end bool) types.Action {
	if end {
		return types.ActionContinue
	}
	return types.ActionPause
}

// OnHttpResponseHeaders asks for the next attempt after an answer that says the deployment is at fault.
func (a *adapter) OnHttpResponseHeaders(int, bool) types.Action {
	status, err := proxywasm.GetHttpResponseHeader(":status")
	must(err)
	if status == "429" || status >= "500" {
		must(proxywasm.AddHttpResponseHeader(abi.HeaderRetry, "0"))
	}
	return types.ActionContinue
}

// take reads a request header and removes it; without it the answer is empty.
func take(name string) string {
	value, err := proxywasm.GetHttpRequestHeader(name)
	if err != nil {
		return ""
	}
	must(proxywasm.RemoveHttpRequestHeader(name))
	return value
}

// properties are what the module reads to settle attempts: flags/code/details.
func properties() string {
	number := func(name string) string {
		b, err := proxywasm.GetProperty([]string{"response", name})
		if err != nil || len(b) != 8 {
			return "-"
		}
		return strconv.FormatUint(binary.LittleEndian.Uint64(b), 16)
	}
	code, err := proxywasm.GetProperty([]string{"response", "code"})
	status := "-"
	if err == nil && len(code) == 8 {
		status = strconv.FormatUint(binary.LittleEndian.Uint64(code), 10)
	}
	details, err := proxywasm.GetProperty([]string{"response", "code_details"})
	if err != nil {
		details = []byte("-")
	}
	return number("flags") + "/" + status + "/" + string(details)
}

// must panics, which traps the VM: an unexpected error of the host must not pass for an answer.
func must(err error) {
	if err != nil {
		panic("guest: " + err.Error())
	}
}
