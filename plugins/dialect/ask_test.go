package dialect

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// askedOf says what was asked, in one line.
func askedOf(t *testing.T, a abi.Asked) string {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAsked(t *testing.T) {
	for _, c := range []struct {
		name, members string
		want          string
	}{
		{"nothing", `"n":1`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"all", `"num_retries":3,"timeout":1.5,"stream_timeout":"0.25","fallbacks":["a","b"]`, `{"Retries":3,"TimeoutMS":1500,"StreamTimeoutMS":250,"Fallbacks":["a","b"]}`},
		{"no retries", `"num_retries":0`, `{"Retries":0,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"the most retries", `"num_retries":1e2`, `{"Retries":100,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"null is not asked", `"num_retries":null,"timeout":null,"stream_timeout":null,"fallbacks":null,"disable_fallbacks":null`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"a time that rounds to 0 is not nothing", `"timeout":1e-300`, `{"Retries":null,"TimeoutMS":1,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"a time that is too long", `"timeout":1e300`, `{"Retries":null,"TimeoutMS":2147483647,"StreamTimeoutMS":0,"Fallbacks":null}`},
		{"no fallbacks", `"disable_fallbacks":true,"fallbacks":["a"]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":[]}`},
		{"fallbacks that are not disabled", `"disable_fallbacks":false,"fallbacks":["a"]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":["a"]}`},
		{"empty fallbacks", `"fallbacks":[]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":[]}`},
		{"fallbacks with a model", `"fallbacks":[{"model":"a","messages":[{"role":"user"}],"temperature":0},{"messages":["x"],"model":"b"},"c"]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":["a","b","c"]}`},
		{"fallbacks of groups", `"fallbacks":[{"other":["x"]},{"m":["a","b"]},{"*":["y"]},"c"]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":["a","b","c"]}`},
		{"fallbacks of every group", `"fallbacks":[{"other":["x"],"*":["y"]}]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":["y"]}`},
		{"fallbacks of other groups", `"fallbacks":[{"other":["x"]}]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":[]}`},
		{"a group named model", `"fallbacks":[{"model":["x"],"m":["a"]}]`, `{"Retries":null,"TimeoutMS":0,"StreamTimeoutMS":0,"Fallbacks":["a"]}`},
	} {
		for _, api := range abi.APIs {
			for _, body := range []string{`{"model":"m",` + c.members + `}`, `{` + c.members + `,"model":"m"}`} {
				b, refusal := ReadBody(Call{API: api, Op: OpCreate}, []byte(body))
				if refusal != nil {
					t.Errorf("%s, %s: %+v", c.name, api, *refusal)
					continue
				}
				if got := askedOf(t, b.Asked); got != c.want {
					t.Errorf("%s, %s: got %s, want %s", c.name, api, got, c.want)
				}
			}
		}
	}
}

func TestAskedRefuses(t *testing.T) {
	many := `["` + strings.Repeat(`a","`, abi.MaxRetries) + `a"]`
	for _, c := range []struct{ members, code, param, message string }{
		{`"num_retries":"3"`, "invalid_type", "num_retries", "expected a whole number from 0 to 100, got a string"},
		{`"num_retries":true`, "invalid_type", "num_retries", "got a boolean"},
		{`"num_retries":-1`, "invalid_value", "num_retries", "from 0 to 100"},
		{`"num_retries":101`, "invalid_value", "num_retries", "from 0 to 100"},
		{`"num_retries":1.5`, "invalid_value", "num_retries", "whole number"},
		{`"num_retries":1e300`, "invalid_value", "num_retries", ""},
		{`"num_retries":1,"num_retries":1`, "duplicate_parameter", "num_retries", "more than once"},
		{`"timeout":0`, "invalid_value", "timeout", "a number above 0"},
		{`"timeout":-1`, "invalid_value", "timeout", ""},
		{`"timeout":"soon"`, "invalid_value", "timeout", ""},
		{`"timeout":"NaN"`, "invalid_value", "timeout", ""},
		{`"timeout":"Inf"`, "invalid_value", "timeout", ""},
		{`"timeout":"0x10"`, "invalid_value", "timeout", ""},
		{`"timeout":""`, "invalid_value", "timeout", ""},
		{`"timeout":"1e400"`, "invalid_value", "timeout", ""},
		{`"timeout":1e400`, "invalid_json", "", "range of a double"},
		{`"timeout":{"connect":1}`, "invalid_type", "timeout", "got an object"},
		{`"timeout":1,"timeout":1`, "duplicate_parameter", "timeout", ""},
		{`"stream_timeout":[1]`, "invalid_type", "stream_timeout", "got an array"},
		{`"stream_timeout":1,"stream_timeout":1`, "duplicate_parameter", "stream_timeout", ""},
		{`"fallbacks":"a"`, "invalid_type", "fallbacks", "a list of names"},
		{`"fallbacks":{"m":["a"]}`, "invalid_type", "fallbacks", "a list of names"},
		{`"fallbacks":[1]`, "invalid_type", "fallbacks", ""},
		{`"fallbacks":[null]`, "invalid_type", "fallbacks", ""},
		{`"fallbacks":[""]`, "invalid_value", "fallbacks", "must not be empty"},
		{`"fallbacks":[{}]`, "invalid_type", "fallbacks", ""},
		{`"fallbacks":[{"m":"a"}]`, "invalid_type", "fallbacks", ""},
		{`"fallbacks":[{"m":["a",1]}]`, "invalid_type", "fallbacks", ""},
		{`"fallbacks":[{"model":""}]`, "invalid_value", "fallbacks", "must not be empty"},
		{`"fallbacks":[{"model":"a","model":"b"}]`, "duplicate_parameter", "fallbacks", "more than once"},
		{`"fallbacks":` + many, "invalid_value", "fallbacks", "at most 100 names"},
		{`"fallbacks":[],"fallbacks":[]`, "duplicate_parameter", "fallbacks", ""},
		{`"disable_fallbacks":1`, "invalid_type", "disable_fallbacks", "expected a boolean"},
		{`"disable_fallbacks":true,"disable_fallbacks":true`, "duplicate_parameter", "disable_fallbacks", ""},
		{`"timeout":nope`, "invalid_json", "", ""},
		{`"fallbacks":[x]`, "invalid_json", "", ""},
	} {
		_, refusal := ReadBody(Call{API: abi.APIMessages, Op: OpCreate}, []byte(`{"model":"m",`+c.members+`}`))
		if refusal == nil {
			t.Errorf("%s was accepted", c.members)
			continue
		}
		if refusal.Status != 400 || refusal.Code != c.code || refusal.Param != c.param || !strings.Contains(refusal.Message, c.message) {
			t.Errorf("%.60s: %+v", c.members, *refusal)
		}
	}
}

// What was asked of us is cut out, with one comma, and nothing else changes.
func TestAskedGoesNoFurther(t *testing.T) {
	for body, want := range map[string]string{
		`{"model":"m","num_retries":2,"n":1}`:                          `{"model":"m","n":1}`,
		`{"num_retries":2,"model":"m"}`:                                `{"model":"m"}`,
		`{ "num_retries" : 2 , "model":"m" }`:                          `{  "model":"m" }`,
		`{"model":"m" , "num_retries":2}`:                              `{"model":"m"}`,
		"{\n  \"model\": \"m\",\n  \"timeout\": 3,\n  \"n\": 1.0\n}":   "{\n  \"model\": \"m\",\n  \"n\": 1.0\n}",
		`{"num_retries":2,"timeout":1,"model":"m"}`:                    `{"model":"m"}`,
		`{"timeout":1,"model":"m","num_retries":2,"stream_timeout":3}`: `{"model":"m"}`,
		`{"model":"m","num_retries":2,"a":{"timeout":1},"timeout":1}`:  `{"model":"m","a":{"timeout":1}}`,
		`{"model":"m","\u0074imeout":1,"fallbacks":[{"model":"x"}]}`:   `{"model":"m"}`,
		`{"model":"m","disable_fallbacks":true,"fallbacks":null}`:      `{"model":"m"}`,
		`{"timeout":1,"model":"m","stream":true,"num_retries":1}`:      `{"stream_options":{"include_usage":true},"model":"m","stream":true}`,
	} {
		b, refusal := ReadBody(Call{API: abi.APIChat, Op: OpCreate}, []byte(body))
		if refusal != nil {
			t.Errorf("%s: %+v", body, *refusal)
			continue
		}
		got := string(b.Rewrite([]byte(body), "m", "", true))
		if got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
		if !b.Rewrites("m", "", true) || b.RewrittenLen("m", "", true) != len(got) {
			t.Errorf("%s: Rewrites or RewrittenLen is wrong", body)
		}
	}
	// The model stands in the path, and nothing is left of the body.
	call := Call{API: abi.APIChat, Op: OpCreate, Model: "path"}
	for body, want := range map[string]string{
		`{"timeout":1}`:                     `{"model":"up"}`,
		`{ "timeout":1 , "num_retries":2 }`: `{"model":"up"   }`,
		`{"timeout":1,"n":2}`:               `{"model":"up","n":2}`,
	} {
		b, refusal := ReadBody(call, []byte(body))
		if refusal != nil {
			t.Fatalf("%s: %+v", body, *refusal)
		}
		if got := string(b.Rewrite([]byte(body), "up", "", true)); got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
	}
}

func TestAskHeaders(t *testing.T) {
	five := 5
	for _, c := range []struct {
		name, retries, timeout, stream string
		want                           string // what was asked, or the header that is refused
	}{
		{"none", "", "", "", `{"Retries":5,"TimeoutMS":7,"StreamTimeoutMS":8,"Fallbacks":["a"]}`},
		{"all win over the body", "0", "2", " 0.5 ", `{"Retries":0,"TimeoutMS":2000,"StreamTimeoutMS":500,"Fallbacks":["a"]}`},
		{"retries", "x", "2", "", abi.HeaderNumRetries},
		{"retries, a fraction", "1.5", "", "", abi.HeaderNumRetries},
		{"retries, too many", "101", "", "", abi.HeaderNumRetries},
		{"retries, negative", "-1", "", "", abi.HeaderNumRetries},
		{"retries, a blank", " ", "", "", abi.HeaderNumRetries},
		{"timeout", "", "0", "", abi.HeaderTimeout},
		{"timeout, infinite", "", "Infinity", "", abi.HeaderTimeout},
		{"timeout, with a unit", "", "10s", "", abi.HeaderTimeout},
		{"stream timeout", "", "1", "-3", abi.HeaderStreamTimeout},
	} {
		asked := abi.Asked{Retries: &five, TimeoutMS: 7, StreamTimeoutMS: 8, Fallbacks: []string{"a"}}
		refusal := AskHeaders(&asked, c.retries, c.timeout, c.stream)
		if refusal != nil {
			if refusal.Status != 400 || refusal.Param != c.want || !strings.Contains(refusal.Message, c.want) {
				t.Errorf("%s: %+v", c.name, *refusal)
			}
			continue
		}
		if got := askedOf(t, asked); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if five != 5 {
		t.Error("what the body asked was changed through its pointer")
	}
}

func FuzzAskHeaders(f *testing.F) {
	f.Add("2", "1.5", "0x1")
	f.Add("1e400", "NaN", "-0")
	f.Fuzz(func(t *testing.T, retries, timeout, stream string) {
		var asked abi.Asked
		refusal := AskHeaders(&asked, retries, timeout, stream)
		if refusal != nil {
			if !slices.Contains([]string{abi.HeaderNumRetries, abi.HeaderTimeout, abi.HeaderStreamTimeout}, refusal.Param) {
				t.Fatalf("refused as %+v", *refusal)
			}
			return
		}
		if (asked.Retries != nil) != (retries != "") || (asked.TimeoutMS > 0) != (timeout != "") || (asked.StreamTimeoutMS > 0) != (stream != "") {
			t.Fatalf("%q, %q, %q: %s", retries, timeout, stream, askedOf(t, asked))
		}
		if asked.Retries != nil && (*asked.Retries < 0 || *asked.Retries > abi.MaxRetries) {
			t.Fatalf("%d retries", *asked.Retries)
		}
	})
}

// FuzzAsked cuts members out of any body, in any order: what encoding/json reads of the rest is what it read before.
func FuzzAsked(f *testing.F) {
	f.Add([]byte(`{"model":"m","num_retries":2,"n":1.0}`))
	f.Add([]byte(`{ "timeout" : "1" , "fallbacks":["a",{"model":"b"},{"m":["c"]}],"model":"m" , "disable_fallbacks":true }`))
	f.Add([]byte(`{"stream_timeout":0.5,"stream":true}`))
	f.Add([]byte(`{"fallbacks":[{"messages":["x"],"model":"b"}]}`))
	f.Add([]byte(`{"tags":["a"], "metadata" : {"user_id":"u"} ,"litellm_metadata":{"tags":["b"]}}`))
	f.Add([]byte(`{ "metadata":{"session_id":"s","x":[1]},"content_policy_fallbacks":[{"a":["b"]}],"allowed_model_region":"eu" }`))
	f.Fuzz(func(t *testing.T, text []byte) {
		call := Call{API: abi.APIChat, Op: OpCreate, Model: "path"}
		b, refusal := ReadBody(call, text)
		if refusal != nil || duplicates(text) {
			return
		}
		out := b.Rewrite(text, "path", "", false)
		was, is := members(t, text), members(t, out)
		if got := stringOf(t, is["model"]); got != "path" {
			t.Fatalf("the model is %q in %s", got, out)
		}
		delete(was, "model")
		delete(is, "model")
		deleteOurs(was)
		if len(was) != len(is) {
			t.Fatalf("%s became %s", text, out)
		}
		for name, value := range was {
			if string(is[name]) != string(value) {
				t.Fatalf("%s: %s became %s", name, value, is[name])
			}
		}
		if b.RewrittenLen("path", "", false) != len(out) {
			t.Fatalf("RewrittenLen is wrong for %s", text)
		}
	})
}

var gatewayNames = []string{"num_retries", "timeout", "stream_timeout", "fallbacks", "disable_fallbacks"}
