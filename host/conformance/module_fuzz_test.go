package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
	core "github.com/routeiq/routeiq/plugins/conformance"
)

// mocks is a configuration that needs no upstream: what is left is the module.
const mocks = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/a, mock_response: one, weight: 1}, model_info: {id: one}}
  - {model_name: chat, litellm_params: {model: openai/a, mock_response: two, weight: 3}, model_info: {id: two, supports_vision: false}}
  - {model_name: chat, litellm_params: {model: openai/a, mock_response: three}, model_info: {id: three, max_input_tokens: 50}}
  - {model_name: "any/*", litellm_params: {model: "openai/*", mock_response: four}, model_info: {id: four}}
router_settings: {model_group_alias: {nick: chat}}
`

// FuzzModule holds the module against the core it is made of: any request gets the same status from both, and the
// decision the module logs is the one the core makes.
func FuzzModule(f *testing.F) {
	paths := []string{"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages"}
	for i, body := range []string{
		`{"model":"chat","messages":[{"role":"user","content":"hi"}]}`, `{"model":"nick","prompt":"x","stream":true}`,
		`{"model":"any/thing","input":["a","b"],"encoding_format":"base64"}`, `{"model":"two","input":"x"}`,
		`{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}`, `{"model":"chat","model":"x"}`, `{`,
	} {
		f.Add(uint8(i), body, fmt.Sprint("seed-", i))
	}
	t := newFuzzEngine(f)
	n := 0
	f.Fuzz(func(tt *testing.T, which uint8, body, id string) {
		n++
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		call := &kit.Call{
			ID: fmt.Sprintf("%x-%d", id, n), Method: http.MethodPost, Path: paths[int(which)%len(paths)], Body: []byte(body),
			Header: [][2]string{{"content-type", "application/json"}}, Times: 1, Leaves: -1,
		}
		module, err := t.host.Do(ctx, call)
		if err != nil {
			tt.Fatal(err)
		}
		plain, err := t.core.Do(ctx, call)
		if err != nil {
			tt.Fatal(err)
		}
		if module.Status != plain.Status {
			tt.Fatalf("%s %q: the module answers %d %s, the core %d", call.Path, body, module.Status, module.Body, plain.Status)
		}
		if module.Status != http.StatusOK {
			var shape struct{ Error struct{ Message string } }
			if err := json.Unmarshal(module.Body, &shape); err != nil || shape.Error.Message == "" {
				tt.Fatalf("%q: no error in the dialect: %s", body, module.Body)
			}
			return
		}
		line, err := t.host.Line(ctx, call.ID)
		if err != nil {
			tt.Fatal(err)
		}
		if err := t.host.Replay(line); err != nil {
			tt.Fatalf("%s: %v", line, err)
		}
	})
}

type pair struct{ host, core kit.Session }

func newFuzzEngine(f *testing.F) pair {
	setup := kit.Setup{Config: []byte(mocks), Workers: 2}
	h, err := newEngine(f).Load(setup)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := h.Close(); err != nil {
			f.Error(err)
		}
	})
	c, err := core.Core{}.Load(setup)
	if err != nil {
		f.Fatal(err)
	}
	return pair{h, c}
}
