package vm

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func ucpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(syscall.RUSAGE_THREAD, &r); return time.Duration(r.Utime.Nano()) }

func BenchmarkReal(b *testing.B) {
	wasm, err := os.ReadFile("/work/main/host/module/routeiq.wasm")
	if err != nil { b.Fatal(err) }
	doc, err := os.ReadFile("/tmp/doc.json")
	if err != nil { b.Fatal(err) }
	_ = json.Valid
	m := &Module{options: Options{CacheDir: "/tmp/vmcache"}.withDefaults()}
	m.cache = openCache(&m.options)
	if os.Getenv("METER") == "" {
		m2, err := Compile(b.Context(), wasm, Options{CacheDir: "/tmp/vmcache"})
		if err != nil { b.Fatal(err) }
		m = m2
	} else {
		m.metered = true
		if err := m.compile(b.Context(), wasm); err != nil { b.Fatal(err) }
	}
	v, err := m.NewVM(b.Context())
	if err != nil { b.Fatal(err) }
	router, err := v.StartPlugin(PluginConfig{RootID: "router", Configuration: doc})
	if err != nil { b.Fatal(err) }
	adapter, err := v.StartPlugin(PluginConfig{RootID: "adapter", Configuration: []byte(`{"version":1,"role":"adapter"}`)})
	if err != nil { b.Fatal(err) }
	body := []byte(`{"model":"gpt-4","messages":[{"role":"user","content":"` + strings.Repeat("x", 430) + `"}]}`)
	resp := []byte(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4","choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("hello ", 120) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}`)
	sums := map[string]time.Duration{}
	var t0 time.Time
	lap := func(n string) { now := time.Now(); sums[n] += now.Sub(t0); t0 = now }
	ok := func(err error) { if err != nil { b.Fatal(err) } }
	b.ReportAllocs()
	for b.Loop() {
		x := NewExchange(Facts{Start: time.Now()})
		t0 = time.Now()
		r, err := router.NewStream(x); ok(err)
		lap("r create")
		h := NewHeaders([]Header{{":method", "POST"}, {":path", "/v1/chat/completions"}, {":authority", "localhost:4000"}, {":scheme", "http"}, {"content-type", "application/json"}, {"content-length", "520"}, {"user-agent", "Go"}, {"accept-encoding", "gzip"}, {"x-request-id", "f0ecc5a8-d18a-4be3-9f84-8af0530276e9"}})
		_, err = r.RequestHeaders(h, false); ok(err)
		lap("r req headers")
		out, verdict, err := r.RequestBody(body, true); ok(err)
		if verdict != Continue { b.Fatal(verdict, r.Answer()) }
		lap("r req body")
		a, err := adapter.NewStream(x); ok(err)
		lap("a create")
		_, err = a.RequestHeaders(h, false); ok(err)
		lap("a req headers")
		_, _, err = a.RequestBody(out, true); ok(err)
		lap("a req body")
		rh := NewHeaders([]Header{{":status", "200"}, {"content-type", "application/json"}, {"content-length", "900"}, {"date", "x"}})
		_, err = a.ResponseHeaders(rh, false); ok(err)
		lap("a resp headers")
		o, _, err := a.ResponseBody(resp, true); ok(err)
		lap("a resp body")
		_, err = r.ResponseHeaders(rh, false); ok(err)
		lap("r resp headers")
		_, _, err = r.ResponseBody(o, true); ok(err)
		lap("r resp body")
		ok(a.Delete())
		lap("a delete")
		ok(r.Done(Log{RequestHeaders: h, ResponseHeaders: rh}))
		lap("r done")
	}
	for n, d := range sums { b.ReportMetric(float64(d.Nanoseconds())/float64(b.N)/1000, strings.ReplaceAll(n, " ", "_")+"_us") }
}
