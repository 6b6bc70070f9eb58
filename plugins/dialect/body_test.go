package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

func TestReadBodyRefuses(t *testing.T) {
	deep := strings.Repeat("[", jsontext.DefaultMaxDepth) + strings.Repeat("]", jsontext.DefaultMaxDepth)
	for _, c := range []struct {
		api               abi.API
		body, code, param string
		message           string // part of it
	}{
		{abi.APIChat, ``, "invalid_json", "", "unexpected end, expected an object at byte 0"},
		{abi.APIChat, `nope`, "invalid_json", "", "not null"},
		{abi.APIChat, `[{"model":"m"}]`, "invalid_json", "", "must be a JSON object, not an array"},
		{abi.APIChat, `{"model":"m",}`, "invalid_json", "", "at byte 13"},
		{abi.APIChat, `{"model":"m"}{}`, "invalid_json", "", "text after the value at byte 13"},
		{abi.APIChat, "\xef\xbb\xbf{}", "invalid_json", "", "at byte 0"},
		{abi.APIChat, `{"model":"m","x":` + deep + `}`, "invalid_json", "", "nested deeper than 128 levels"},
		{abi.APIChat, `{"model":"m","messages":` + strings.Repeat(`[{"content":`, 1e6), "invalid_json", "", "nested deeper than 128 levels"},
		{abi.APIChat, `{}`, "missing_required_parameter", "model", `must name a "model"`},
		{abi.APIChat, `{"model":""}`, "missing_required_parameter", "model", "must not be empty"},
		{abi.APIChat, `{"model":null}`, "invalid_type", "model", "expected a string, got null"},
		{abi.APIChat, `{"model":["m"]}`, "invalid_type", "model", "expected a string, got an array"},
		{abi.APIChat, `{"model":"a","model":"a"}`, "duplicate_parameter", "model", "more than once"},
		{abi.APIChat, `{"model":"a","\u006dodel":"b"}`, "duplicate_parameter", "model", "more than once"},
		{abi.APIChat, `{"MODEL":"a","model":"b"}`, "duplicate_parameter", "model", "more than once"},
		{abi.APIChat, `{"model":"a","stream":"true"}`, "invalid_type", "stream", "expected a boolean, got a string"},
		{abi.APIMessages, `{"model":"a","stream":1}`, "invalid_type", "stream", "expected a boolean, got a number"},
		{abi.APIResponses, `{"model":"a","stream":true,"stream":false}`, "duplicate_parameter", "stream", ""},
		{abi.APIChat, `{"model":"a","stream_options":true}`, "invalid_type", "stream_options", "expected an object"},
		{abi.APIChat, `{"model":"a","stream_options":{},"stream_options":{}}`, "duplicate_parameter", "stream_options", ""},
		{abi.APICompletions, `{"model":"a","stream_options":{"include_usage":1}}`, "invalid_type", "stream_options.include_usage", ""},
		{abi.APIChat, `{"model":"a","stream_options":{"include_usage":true,"include_usage":true}}`, "duplicate_parameter", "stream_options.include_usage", ""},
		{abi.APIResponses, `{"model":"a","previous_response_id":7}`, "invalid_type", "previous_response_id", ""},
		{abi.APIResponses, `{"model":"a","previous_response_id":"r","previous_response_id":"s"}`, "duplicate_parameter", "previous_response_id", ""},
		{abi.APIChat, `{"model":"a","api_key":"sk-secret"}`, "unsupported_parameter", "api_key", "api_key, api_base and base_url"},
		{abi.APIMessages, `{"api_base":null,"model":"a"}`, "unsupported_parameter", "api_base", "remove api_base"},
		{abi.APIEmbeddings, `{"model":"a","base_url":"http://x"}`, "unsupported_parameter", "base_url", ""},
		{abi.APIResponses, `{"model":"a","api_version":"1"}`, "unsupported_parameter", "api_version", ""},
	} {
		_, refusal := ReadBody(Call{API: c.api, Op: OpCreate}, []byte(c.body))
		head := c.body[:min(len(c.body), 80)]
		if refusal == nil {
			t.Errorf("%s was accepted", head)
			continue
		}
		if refusal.Status != 400 || refusal.Code != c.code || refusal.Param != c.param || !strings.Contains(refusal.Message, c.message) {
			t.Errorf("%s: %+v", head, *refusal)
		}
		if strings.Contains(refusal.Message, "secret") {
			t.Errorf("%s: the refusal tells the key: %s", head, refusal.Message)
		}
	}
}

// What other APIs have, and what nobody knows, is left alone.
func TestReadBodyLeavesTheUnknownAlone(t *testing.T) {
	for _, c := range []struct {
		api  abi.API
		body string
	}{
		{abi.APIEmbeddings, `{"model":"m","stream":"yes","stream":1}`},
		{abi.APIMessages, `{"model":"m","stream_options":7,"previous_response_id":[]}`},
		{abi.APIChat, `{"model":"m","previous_response_id":1,"messages":"text","tools":{},"response_format":"json"}`},
		{abi.APIResponses, `{"model":"m","stream_options":{"include_obfuscation":false},"text":null,"tools":null,"input":null}`},
		{abi.APIChat, `{"model":"m","metadata":{"api_key":"k","model":1},"x":1,"x":2}`},
	} {
		b, refusal := ReadBody(Call{API: c.api, Op: OpCreate}, []byte(c.body))
		if refusal != nil {
			t.Errorf("%s: %+v", c.body, *refusal)
			continue
		}
		if b.Stream || b.PreviousResponseID != "" || len(b.Needs) > 0 {
			t.Errorf("%s: %+v", c.body, b)
		}
	}
}

// The model in the path beats the body's, which need not be there.
func TestModelFromThePath(t *testing.T) {
	call := Call{API: abi.APIChat, Op: OpCreate, Model: "from-path"}
	for body, want := range map[string]string{
		`{"messages":[]}`:           `{"model":"up","messages":[]}`,
		` { } `:                     ` {"model":"up" } `,
		`{"model":"x","n":1}`:       `{"model":"up","n":1}`,
		`{ "n":1, "model" : "up" }`: `{ "n":1, "model" : "up" }`,
		`{"stream":true}`:           `{"model":"up","stream_options":{"include_usage":true},"stream":true}`,
	} {
		b, refusal := ReadBody(call, []byte(body))
		if refusal != nil || b.Model != "from-path" {
			t.Errorf("%s: %+v, %+v", body, b, refusal)
			continue
		}
		if got := string(b.Rewrite([]byte(body), "up", "", true)); got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
	}
	if _, refusal := ReadBody(call, []byte(`{"model":7}`)); refusal == nil {
		t.Error("a model that is no string was accepted")
	}
}

func TestCapabilities(t *testing.T) {
	for _, c := range []struct {
		api  abi.API
		body string
		want string
	}{
		{abi.APIChat, `"tools":[],"functions":[]`, ""},
		{abi.APIChat, `"tools":[{}]`, abi.NeedTools},
		{abi.APIChat, `"functions":[{"name":"f"}]`, abi.NeedTools},
		{abi.APIChat, `"stream":false`, ""},
		{abi.APIChat, `"stream":true`, abi.NeedStreaming},
		{abi.APIChat, `"response_format":{"type":"json_object"}`, ""},
		{abi.APIChat, `"response_format":{"type":"json_schema"}`, abi.NeedJSONSchema},
		{abi.APIChat, `"response_format":{"json_schema":{"type":"json_schema"}}`, ""},
		{abi.APIResponses, `"text":{"format":{"type":"json_schema"}}`, abi.NeedJSONSchema},
		{abi.APIResponses, `"text":{"type":"json_schema"}`, ""},
		{abi.APIMessages, `"output_format":{"type":"json_schema"}`, abi.NeedJSONSchema},
		{abi.APIChat, `"messages":[{"content":[{"image_url":{},"type":"image_url"}]}]`, abi.NeedVision},
		{abi.APIChat, `"messages":[{"content":"{\"type\":\"image_url\"}"}]`, ""},
		{abi.APIChat, `"metadata":{"content":[{"type":"image_url"}]}`, ""},
		{abi.APIResponses, `"input":[{"type":"function_call_output","output":[{"type":"input_image"}]}]`, abi.NeedVision},
		{abi.APIMessages, `"messages":[{"content":[{"type":"tool_result","content":[{"type":"image"}]}]}]`, abi.NeedVision},
	} {
		b, refusal := ReadBody(Call{API: c.api}, []byte(`{"model":"m",`+c.body+`}`))
		if refusal != nil || strings.Join(b.Needs, " ") != c.want {
			t.Errorf("%s %s: %q, %+v; want %q", c.api, c.body, b.Needs, refusal, c.want)
		}
	}
}

func bodyOfSize(n int) []byte {
	head := `{"model":"gpt-4o-mini","temperature":0.7,"messages":[{"role":"system","content":"You are a helpful assistant."}`
	turn := `,{"role":"user","content":"` + strings.Repeat("What is the capital of France? ", 8) + `"}`
	for len(head)+len(turn) < n {
		head += turn
	}
	return []byte(head + `],"stream":true}`)
}

func BenchmarkReadBody(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"0.5kB", 512}, {"16kB", 16 << 10}} {
		body := bodyOfSize(c.size)
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, refusal := ReadBody(Call{API: abi.APIChat, Op: OpCreate}, body); refusal != nil {
					b.Fatal(refusal.Message)
				}
			}
		})
	}
}
