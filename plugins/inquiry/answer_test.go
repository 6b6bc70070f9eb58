package inquiry

import (
	"encoding/json"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		body, text string
		usage      abi.Usage
		ok         bool
	}{
		{`{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"yes","refusal":null}}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"x":{}}}`, "yes", abi.Usage{Input: 7, Output: 2}, true},
		{`{"choices":[{"message":{"content":""}}],"usage":null}`, "", abi.Usage{}, true},
		{`{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"image"},{"text":"b","type":"text"},{"type":"other","text":"c"}]}}]}`, "ab", abi.Usage{}, true},
		{`{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}`, "a", abi.Usage{}, true},
		{`{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1,"completion_tokens":1e300}}`, "a", abi.Usage{}, true},
		{`{"choices":[{"message":{"content":null,"tool_calls":[]}}]}`, "", abi.Usage{}, false},
		{`{"choices":[{"message":{"content":5}}]}`, "", abi.Usage{}, false},
		{`{"choices":[]}`, "", abi.Usage{}, false},
		{`{"choices":null}`, "", abi.Usage{}, false},
		{`{"error":{"message":"no"}}`, "", abi.Usage{}, false},
		{`{"choices":[{"message":{"content":"a"}}]} x`, "", abi.Usage{}, false},
		{`<html>`, "", abi.Usage{}, false},
		{``, "", abi.Usage{}, false},
	} {
		a, err := Read([]byte(c.body))
		if (err == nil) != c.ok || c.ok && (a.Text != c.text || a.Usage != c.usage) {
			t.Errorf("%s: got %+v, %v", c.body, a, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}],"usage":{"prompt_tokens":7}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := Read(body); err == nil && (!json.Valid(body) || a.Usage.Input < 0 || a.Usage.Output < 0) {
			t.Fatalf("%q: %+v", body, a)
		}
	})
}
