package dryrun

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/publish"
)

var trialRequests = flag.Int("trial", 500, "how many recorded requests TestTrialOfMany tries")

// newTrial makes one with the real module.
func newTrial(t *testing.T) *Trial {
	d := NewTrial(host.Options{Wasm: vmtest.Build(t, "../../../../plugins/cmd/routeiq"), CacheDir: t.TempDir()})
	d.Warn = func(text string) { t.Log(text) }
	return d
}

// TestTrial: requests of every API are decided, each as if it were the only one, and no upstream, limit or key is in the way.
func TestTrial(t *testing.T) {
	d := newTrial(t)
	p := publication(t, many+"breaker: {failure_threshold: 1}\nlimits: {max_concurrent_requests: 1}\n")
	for group, c := range map[string]struct {
		bodies []string
		want   []string
	}{
		"chat":     {[]string{`{"messages":[{"role":"user","content":"hi"}],"stream":true,"model":"gpt-x"}`, `{"text":"hi"}`, `{"prompt":"hi"}`, `{"input":"hi"}`}, nil},
		"vectors":  {[]string{`{"input":"hi"}`, `{"text":"hi"}`}, nil},
		"mock":     {slices.Repeat([]string{`{"text":"hi"}`}, 2*maxAtOnce+1), nil},
		"nobody":   {[]string{`{"text":"hi"}`}, []string{"no_deployment_configured"}},
		"openai/*": {[]string{`{"text":"hi","model":"openai/mine"}`, `{"messages":[{"role":"user","content":"hi"}],"model":"other"}`}, nil},
	} {
		got, err := d.Decide(t.Context(), p, group, raw(c.bodies))
		if err != nil || len(got) != len(c.bodies) {
			t.Errorf("%s: %+v, %v", group, got, err)
			continue
		}
		for i := range got {
			want := ""
			if c.want != nil {
				want = c.want[i]
			}
			if got[i].Refused != want || (got[i].Deployment == "") != (want != "") || got[i].Took <= 0 {
				t.Errorf("%s, request %d: %+v", group, i+1, got[i])
			}
		}
	}
	if !p.Config.Breaker.Enabled || p.Config.Groups[0].Deployments[0].Mock != nil || p.Config.Groups[0].Deployments[0].RPM != 1 {
		t.Error("the publication is changed")
	}
	if _, err := d.Decide(t.Context(), p, "gone", raw([]string{`{"text":"hi"}`})); err == nil {
		t.Error("a group that is not there")
	}
}

func raw(bodies []string) (list []json.RawMessage) {
	for _, b := range bodies {
		list = append(list, json.RawMessage(b))
	}
	return list
}

// TestRecordedBody: a recorded request becomes one that the group can take.
func TestRecordedBody(t *testing.T) {
	speaks := func(apis ...abi.API) *abi.ModelGroup {
		g := &abi.ModelGroup{Name: "chat", Deployments: []abi.Deployment{{}}}
		for _, api := range apis {
			g.Deployments[0].Paths = append(g.Deployments[0].Paths, abi.APIPath{API: api})
		}
		return g
	}
	for _, c := range []struct {
		group    *abi.ModelGroup
		in, want string
		api      abi.API
	}{
		{speaks(abi.APIChat), `{"text":"hi"}`, `{"messages":[{"content":"hi","role":"user"}],"model":"chat"}`, abi.APIChat},
		{speaks(abi.APIChat), `{"messages":[],"stream":true,"stream_options":{},"model":"x","user":"7"}`, `{"messages":[],"model":"chat","user":"7"}`, abi.APIChat},
		{speaks(abi.APIMessages), `{"messages":[]}`, `{"max_tokens":1,"messages":[],"model":"chat"}`, abi.APIMessages},
		{speaks(abi.APIMessages), `{"messages":[],"max_tokens":9}`, `{"max_tokens":9,"messages":[],"model":"chat"}`, abi.APIMessages},
		{speaks(abi.APIEmbeddings), `{"input":"hi"}`, `{"input":"hi","model":"chat"}`, abi.APIEmbeddings},
		{speaks(abi.APIResponses, abi.APIEmbeddings), `{"input":"hi"}`, `{"input":"hi","model":"chat"}`, abi.APIResponses},
		{speaks(abi.APICompletions), `{"text":"hi"}`, `{"model":"chat","prompt":"hi"}`, abi.APICompletions},
	} {
		api, body, err := recordedBody(c.group, json.RawMessage(c.in))
		if err != nil || api != c.api || string(body) != c.want {
			t.Errorf("%s: %s %s, %v; want %s %s", c.in, api, body, err, c.api, c.want)
		}
	}
}

// TestTrialOfMany: how long a trial takes. -args -trial 10000 tries as many as there may be.
func TestTrialOfMany(t *testing.T) {
	d := newTrial(t)
	p := publication(t, "model_list: [{model_name: chat, litellm_params: {model: openai/m, mock_response: hello}, model_info: {id: chat-1}}]\n")
	var bodies []string
	for i := range *trialRequests {
		bodies = append(bodies, fmt.Sprintf(`{"messages":[{"role":"user","content":"%d %s"}]}`, i, strings.Repeat("words ", 100)))
	}
	began := time.Now()
	got, err := d.Decide(t.Context(), p, "chat", raw(bodies))
	if err != nil || len(got) != len(bodies) {
		t.Fatal(err)
	}
	t.Logf("%d requests: %v", len(bodies), time.Since(began))
}

// TestTrialWithEncoder: vectors come from the configured encoder, with its key; without one the model abstains, which is counted.
func TestTrialWithEncoder(t *testing.T) {
	answers := 200
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-planted" {
			t.Errorf("the encoder gets %v", r.Header)
		}
		w.WriteHeader(answers)
		_, _ = w.Write([]byte(`{"data":[{"embedding":[1,2,3,4]}]}`)) // the client's reading shows it
	}))
	defer server.Close()
	manifest, numbers := artifacttest.Example("linear", "mini", 4)
	files := map[string][]byte{"mf/manifest.json": manifest, "mf/model.safetensors": numbers, "c.yaml": []byte(`
model_list:
  - {model_name: chat, model_info: {id: a}, litellm_params: {model: openai/m, api_key: sk-other}}
  - {model_name: chat, model_info: {id: b}, litellm_params: {model: openai/m, api_key: sk-other}}
  - {model_name: chat, model_info: {id: c}, litellm_params: {model: openai/m, api_key: sk-other}}
routing:
  encoder: {api: openai, api_base: "` + server.URL + `", model: mini, api_key: sk-planted, timeout: 5}
  groups: {chat: {routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: mf}}}
`)}
	c, err := litellm.Compile(litellm.Source{Path: "c.yaml", Read: func(name string) ([]byte, error) { return files[name], nil },
		Getenv: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	p := &publish.Publication{Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials}
	d := newTrial(t)
	for status, want := range map[int]string{200: "", 503: string(abi.AbstainsVector)} {
		answers = status
		got, err := d.Decide(t.Context(), p, "chat", raw([]string{`{"text":"one"}`, `{"text":"two"}`}))
		if err != nil || len(got) != 2 || got[0].Abstains != want || got[1].Abstains != want || got[0].Deployment == "" {
			t.Errorf("the encoder answers %d: %+v, %v", status, got, err)
		}
	}
}
