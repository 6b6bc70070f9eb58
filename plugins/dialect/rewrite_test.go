package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name            string
		api             abi.API
		body            string
		model, previous string
		ask             bool
		want            string
	}{
		{"same", abi.APIChat, `{"model":"m"}`, "m", "", false, `{"model":"m"}`},
		{"same, spelled otherwise", abi.APIChat, `{"model":"\u006d"}`, "m", "", false, `{"model":"\u006d"}`},
		{"model", abi.APIChat, `{ "model" : "m" , "n":1.0}`, "a/b", "", false, `{ "model" : "a/b" , "n":1.0}`},
		{"model in need of escapes", abi.APIChat, `{"model":"m"}`, "a\"b\n", "", false, `{"model":"a\"b\n"}`},
		{"previous", abi.APIResponses, `{"previous_response_id":"w","model":"m"}`, "n", "u", false, `{"previous_response_id":"u","model":"n"}`},
		{"previous that is the client's", abi.APIResponses, `{"previous_response_id":"w","model":"m"}`, "m", "", false, `{"previous_response_id":"w","model":"m"}`},
		{"previous that is null", abi.APIResponses, `{"previous_response_id":null,"model":"m"}`, "m", "u", false, `{"previous_response_id":null,"model":"m"}`},
		{"usage", abi.APIChat, `{"model":"m","stream":true}`, "m", "", true, `{"stream_options":{"include_usage":true},"model":"m","stream":true}`},
		{"usage into null", abi.APIChat, `{"stream_options":null,"model":"m","stream":true}`, "n", "", true, `{"stream_options":{"include_usage":true},"model":"n","stream":true}`},
		{"usage into none", abi.APIChat, `{"model":"m","stream":true,"stream_options":{ }}`, "n", "", true, `{"model":"n","stream":true,"stream_options":{"include_usage":true }}`},
		{"usage beside others", abi.APICompletions, `{"model":"m","stream":true,"stream_options":{"a":1}}`, "m", "", true, `{"model":"m","stream":true,"stream_options":{"include_usage":true,"a":1}}`},
		{"usage was off", abi.APIChat, `{"model":"m","stream":true,"stream_options":{"include_usage": false,"a":1}}`, "m", "", true, `{"model":"m","stream":true,"stream_options":{"include_usage": true,"a":1}}`},
		{"usage was on", abi.APIChat, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, "m", "", true, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"usage without a stream", abi.APIChat, `{"model":"m","stream":false}`, "m", "", true, `{"model":"m","stream":false}`},
		{"usage of an API that states it anyway", abi.APIMessages, `{"model":"m","stream":true}`, "m", "", true, `{"model":"m","stream":true}`},
	} {
		b, refusal := ReadBody(Call{API: c.api, Op: OpCreate}, []byte(c.body))
		if refusal != nil {
			t.Errorf("%s: %+v", c.name, *refusal)
			continue
		}
		got := string(b.Rewrite([]byte(c.body), c.model, c.previous, c.ask))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if b.Rewrites(c.model, c.previous, c.ask) != (got != c.body) || b.RewrittenLen(c.model, c.previous, c.ask) != len(got) {
			t.Errorf("%s: Rewrites or RewrittenLen is wrong", c.name)
		}
	}
}

// A Body that was never read changes nothing.
func TestRewriteWithoutABody(t *testing.T) {
	var b Body
	if b.Rewrites("m", "p", true) || b.RewrittenLen("m", "p", true) != -1 || b.Rewrite(nil, "m", "p", true) != nil {
		t.Error("an empty Body rewrites")
	}
}
