package dialect

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// recorded reads a file of testdata/dialect, which holds bodies in the shapes the APIs document.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "dialect", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// bodyCase is a recorded request and what must be read of it.
type bodyCase struct {
	file         string
	model        string
	stream       bool
	includeUsage bool
	tokens       [2]int // the estimate must lie between
	total        int    // 0: not looked at
	inputs       int    // 0: one
	needs        []string
	previous     string
	base64       bool
}

func testBodies(t *testing.T, api abi.API, cases []bodyCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			text := recorded(t, string(api)+"/"+c.file)
			b, refusal := ReadBody(Call{API: api, Op: OpCreate}, text)
			if refusal != nil {
				t.Fatalf("refused: %+v", *refusal)
			}
			if b.Model != c.model || b.Stream != c.stream || b.IncludeUsage != c.includeUsage || b.PreviousResponseID != c.previous || b.Base64 != c.base64 {
				t.Errorf("read %+v", b)
			}
			if b.InputTokens < c.tokens[0] || b.InputTokens > c.tokens[1] {
				t.Errorf("estimated %d tokens, want %v", b.InputTokens, c.tokens)
			}
			if c.total != 0 && b.TotalTokens != c.total {
				t.Errorf("estimated %d tokens in all, want %d", b.TotalTokens, c.total)
			}
			if b.Inputs != max(c.inputs, 1) {
				t.Errorf("counted %d inputs, want %d", b.Inputs, max(c.inputs, 1))
			}
			slices.Sort(b.Needs)
			slices.Sort(c.needs)
			if !slices.Equal(b.Needs, c.needs) {
				t.Errorf("needs %q, want %q", b.Needs, c.needs)
			}
			checkRewrite(t, &b, text)
		})
	}
}

// checkRewrite proves with encoding/json that a rewritten body is the old one but for what was to change.
func checkRewrite(t *testing.T, b *Body, text []byte) {
	t.Helper()
	before := string(text)
	if b.written == b.Model && len(b.cuts) == 0 {
		if out := b.Rewrite(text, b.Model, "", false); &out[0] != &text[0] {
			t.Error("a body that does not change was copied")
		}
	}
	const model, previous = "vendor/\"new\" \\ mödel", "resp_upstream"
	ask := true
	out := b.Rewrite(text, model, previous, ask)
	if string(text) != before {
		t.Fatal("the body itself was changed")
	}
	if n := b.RewrittenLen(model, previous, ask); n != len(out) {
		t.Errorf("RewrittenLen = %d, the text has %d bytes", n, len(out))
	}
	if b.Rewrites(model, previous, ask) != !bytes.Equal(out, text) {
		t.Error("Rewrites does not agree with Rewrite")
	}
	was, is := members(t, text), members(t, out)
	want := model
	if got := stringOf(t, is["model"]); got != want {
		t.Errorf("the model became %q", got)
	}
	delete(was, "model")
	delete(is, "model")
	if b.PreviousResponseID != "" {
		if got := stringOf(t, is["previous_response_id"]); got != previous {
			t.Errorf("previous_response_id became %q", got)
		}
		delete(was, "previous_response_id")
		delete(is, "previous_response_id")
	}
	if b.Stream && (b.api == abi.APIChat || b.api == abi.APICompletions) {
		options := members(t, is["stream_options"])
		if string(options["include_usage"]) != "true" {
			t.Errorf("stream_options became %s", is["stream_options"])
		}
		if had := was["stream_options"]; had != nil && string(had) != "null" {
			for name, value := range members(t, had) {
				if name != "include_usage" && string(options[name]) != string(value) {
					t.Errorf("stream_options.%s became %s", name, options[name])
				}
			}
		}
		delete(was, "stream_options")
		delete(is, "stream_options")
	}
	deleteOurs(was)
	if len(was) != len(is) {
		t.Errorf("members %d became %d", len(was), len(is))
	}
	for name, value := range was {
		if string(is[name]) != string(value) {
			t.Errorf("%s: %s became %s", name, value, is[name])
		}
	}
}

func members(t *testing.T, text []byte) map[string]json.RawMessage {
	t.Helper()
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

func stringOf(t *testing.T, text []byte) (s string) {
	t.Helper()
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return s
}

// accepts is the rule of ReadBody, said once more with encoding/json.
func accepts(api abi.API, text []byte) bool {
	if !json.Valid(text) || depth(text) > jsontext.DefaultMaxDepth {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return false
	}
	count, tags := map[string]int{}, map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return false
		}
		name := key.(string)
		count[name]++
		if strings.EqualFold(name, "model") && name != "model" {
			count["model"]++
		}
		kind := raw[0]
		boolean := kind == 't' || kind == 'f' || kind == 'n'
		openAI := api == abi.APIChat || api == abi.APICompletions
		switch {
		case name == "model":
			var s string
			if kind != '"' || json.Unmarshal(raw, &s) != nil || s == "" {
				return false
			}
			count["named"]++
		case slices.Contains([]string{"api_key", "api_base", "base_url", "api_version", "azure_ad_token", "user_config"}, name):
			return false
		case name == "stream" && api != abi.APIEmbeddings:
			if !boolean || count[name] > 1 {
				return false
			}
		case name == "stream_options" && openAI:
			if kind != '{' && kind != 'n' || count[name] > 1 {
				return false
			}
			if kind == '{' && !acceptsOptions(raw) {
				return false
			}
		case slices.Contains(gatewayNames, name):
			if count[name] > 1 || !acceptsAsked(name, raw) {
				return false
			}
		case name == "metadata" || slices.Contains(hintNames, name):
			if count[name] > 1 || !acceptsHints(name, raw, tags) {
				return false
			}
		case name == "previous_response_id" && api == abi.APIResponses:
			if kind != '"' && kind != 'n' || count[name] > 1 {
				return false
			}
		}
	}
	return count["model"] == 1 && count["named"] >= 1 && len(tags) <= maxTags
}

// acceptsAsked is the rule of what is asked of the gateway.
func acceptsAsked(name string, raw json.RawMessage) bool {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil { // a number that no double holds
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case float64:
		return name == "num_retries" && v >= 0 && v <= abi.MaxRetries && v == math.Trunc(v) || strings.HasSuffix(name, "timeout") && v > 0
	case string:
		seconds, ok := decimal(v)
		return strings.HasSuffix(name, "timeout") && ok && seconds > 0
	case bool:
		return name == "disable_fallbacks"
	case []any:
		return name == "fallbacks" && acceptsFallbacks(raw)
	}
	return false
}

func acceptsFallbacks(raw json.RawMessage) bool {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return false
	}
	names := 0
	for _, item := range list {
		switch item[0] {
		case '"':
			names++
			if string(item) == `""` {
				return false
			}
			continue
		case '{':
		default:
			return false
		}
		d := json.NewDecoder(bytes.NewReader(item))
		_, _ = d.Token()
		model, odd, empty, group := false, false, true, 0
		for d.More() {
			key, _ := d.Token()
			var value json.RawMessage
			if d.Decode(&value) != nil {
				return false
			}
			empty = false
			if key == "model" && value[0] == '"' {
				if model || string(value) == `""` || names+group+1 > abi.MaxRetries {
					return false
				}
				model = true
				continue
			}
			var all []json.RawMessage
			if value[0] != '[' || odd || model {
				odd = true
				continue
			}
			if json.Unmarshal(value, &all) != nil {
				return false
			}
			for _, one := range all {
				if odd = odd || one[0] != '"'; odd {
					break
				}
				if group++; string(one) == `""` || names+group > abi.MaxRetries {
					return false
				}
			}
		}
		switch {
		case model:
			names++
		case odd || empty:
			return false
		default:
			names += group
		}
	}
	return names <= abi.MaxRetries
}

func acceptsOptions(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token() // valid, as the whole text is
	seen := 0
	for d.More() {
		key, _ := d.Token()
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return false
		}
		if key == "include_usage" {
			if seen++; seen > 1 || raw[0] != 't' && raw[0] != 'f' && raw[0] != 'n' {
				return false
			}
		}
	}
	return true
}

func depth(text []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	now := 0
	for {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			now++
			deepest = max(deepest, now)
		case json.Delim('}'), json.Delim(']'):
			now--
		}
	}
}

// fuzzBody is the fuzz target of one API's requests.
func fuzzBody(f *testing.F, api abi.API) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "dialect", string(api), "request*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded requests: %v", err)
	}
	for _, file := range files {
		f.Add(recorded(f, string(api)+"/"+filepath.Base(file)))
	}
	for _, text := range []string{
		`{"model":"a","model":"b"}`, `{"model":"a","Model":"b"}`, `{"mod\u0065l":"a"}`, `{"model":""}`, `{"model":"a"} x`, `[]`, `{`,
		`{"model":"a","stream":"yes"}`, `{"model":"a","stream":true,"stream_options":{"include_usage":false,"x":1}}`,
		`{"model":"a","num_retries":2,"timeout":"1.5","stream_timeout":3,"disable_fallbacks":false,"fallbacks":["b",{"model":"c","n":1},{"a":["d"]}]}`,
		`{"model":"a","tags":["x"],"metadata":{"tags":["y"],"routing_profile":"eco","cascade_rung":2,"cascade_confidence":0.5,"session_id":"s"}}`,
		`{"metadata":{"user_id":"u","tag":1},"model":"a","litellm_metadata":{"tags":null},"allowed_model_region":"eu","litellm_session_id":"s"}`,
		`{"context_window_fallbacks":1e999,"content_policy_fallbacks":[],"model":"a","metadata":{"cascade_rung":1e999}}`,
		`{"num_retries":-1,"model":"a"}`, `{"timeout":0,"model":"a"}`, `{"fallbacks":[{"x":1}],"model":"a"}`,
		`{"model":"a","api_key":"k"}`, `{"model":"a","previous_response_id":"resp_1"}`, `{"stream":true,"model":"a","stream_options":{}}`,
		`{"model":"a","input":[[1,2],"x",{"data":"y"}],"prompt":[1,2],"messages":[{"content":[{"type":"image_url"}]}]}`,
		strings.Repeat(`{"model":`, 200), "\xff{}", `{"model":"` + "\xff" + `"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, refusal := ReadBody(Call{API: api, Op: OpCreate}, text)
		if (refusal == nil) != accepts(api, text) {
			t.Fatalf("refusal %+v, encoding/json accepts: %v", refusal, accepts(api, text))
		}
		if refusal != nil {
			if refusal.Status != 400 || refusal.Message == "" || !json.Valid(ErrorBody(api, refusal, "r")) {
				t.Fatalf("refused as %+v", *refusal)
			}
			return
		}
		if b.InputTokens < 0 || b.InputTokens > len(text) || b.TotalTokens < b.InputTokens {
			t.Fatalf("estimated %d of %d tokens in %d bytes", b.InputTokens, b.TotalTokens, len(text))
		}
		if duplicates(text) { // a map cannot tell what became of them
			return
		}
		checkRewrite(t, &b, text)
		contentType, answer := Mock(api, b.Model, "a mock", &b, "id", 1)
		if contentType == TypeJSON && !json.Valid(answer) {
			t.Fatalf("the mock answer is not JSON: %s", answer)
		}
	})
}

func duplicates(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token()
	seen := map[string]bool{}
	for d.More() {
		key, _ := d.Token()
		var raw json.RawMessage
		if d.Decode(&raw) != nil || seen[key.(string)] {
			return true
		}
		seen[key.(string)] = true
		if key == "stream_options" && raw[0] == '{' && duplicates(raw) {
			return true
		}
	}
	return false
}
