package dialect

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// manyTags are n tags as a JSON list.
func manyTags(prefix string, n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, `"`+prefix+strconv.Itoa(i)+`"`)
	}
	return "[" + strings.Join(tags, ",") + "]"
}

func TestHints(t *testing.T) {
	long := strings.Repeat("é", maxHint/2)
	for _, c := range []struct {
		name, members string
		want          Hints
	}{
		{"nothing", `"n":1`, Hints{}},
		{"all in metadata", `"metadata":{"tags":["a","b"],"routing_profile":"eco","cascade_rung":2,"cascade_confidence":0.25,"session_id":"s","user_id":"u"}`,
			Hints{Tags: []string{"a", "b"}, Profile: "eco", Session: "s", Rung: 2, Confidence: 0.25}},
		{"all in litellm_metadata", `"litellm_metadata":{"tags":["a"],"routing_profile":"auto","cascade_rung":1.0,"cascade_confidence":1,"session_id":"s"}`,
			Hints{Tags: []string{"a"}, Profile: "auto", Session: "s", Rung: 1, Confidence: 1}},
		{"members of the body", `"tags":["a"],"allowed_model_region":"eu","litellm_session_id":"s"`, Hints{Tags: []string{"a"}, Region: "eu", Session: "s", listed: true}},
		{"the body's own first, then LiteLLM's", `"metadata":{"tags":["c","a"],"session_id":"m","routing_profile":"free","cascade_rung":7},"litellm_session_id":"own","litellm_metadata":{"tags":["b"],"session_id":"l","routing_profile":"premium"},"tags":["a","a"]`,
			Hints{Tags: []string{"a", "b", "c"}, Session: "own", Profile: "premium", Rung: 7, listed: true}},
		{"null says nothing", `"tags":null,"allowed_model_region":null,"litellm_session_id":null,"litellm_metadata":null,"metadata":{"tags":null,"routing_profile":null,"cascade_rung":null,"cascade_confidence":null,"session_id":null}`, Hints{}},
		{"empty texts say nothing", `"tags":[],"allowed_model_region":"","litellm_session_id":"","metadata":{"session_id":"m"}`, Hints{Session: "m", listed: true}},
		{"metadata that is not ours", `"metadata":{"user_id":"u","Tags":1,"model":2,"inner":{"tags":1}}`, Hints{}},
		{"metadata that is no object", `"metadata":"tags"`, Hints{}},
		{"no metadata", `"metadata":null`, Hints{}},
		{"the highest rung", `"metadata":{"cascade_rung":1e300}`, Hints{Rung: 1<<31 - 1}},
		{"the longest", `"tags":["` + long + `"],"allowed_model_region":"` + long + `","litellm_session_id":"` + long + `"`, Hints{Tags: []string{long}, Region: long, Session: long, listed: true}},
		{"escapes", `"metadata":{"t\u0061gs":["\u00e9"]}`, Hints{Tags: []string{"é"}}},
		{"what is not applied", `"context_window_fallbacks":[{"a":["b"]}],"content_policy_fallbacks":7`, Hints{}},
	} {
		for _, api := range abi.APIs {
			for _, body := range []string{`{"model":"m",` + c.members + `}`, `{` + c.members + `,"model":"m"}`} {
				b, refusal := ReadBody(Call{API: api, Op: OpCreate}, []byte(body))
				if refusal != nil {
					t.Errorf("%s, %s: %+v", c.name, api, *refusal)
					continue
				}
				if !reflect.DeepEqual(b.Hints, c.want) {
					t.Errorf("%s, %s: got %+v, want %+v", c.name, api, b.Hints, c.want)
				}
				if asked := askedOf(t, b.Asked); asked != askedOf(t, abi.Asked{}) {
					t.Errorf("%s, %s: asked %s", c.name, api, asked)
				}
			}
		}
	}
}

func TestHintsRefuse(t *testing.T) {
	long := strings.Repeat("a", maxHint+1)
	for _, c := range []struct{ members, code, param, message string }{
		{`"tags":"a"`, "invalid_type", "tags", "expected a list of strings, got a string"},
		{`"tags":{}`, "invalid_type", "tags", "got an object"},
		{`"tags":[1]`, "invalid_type", "tags", "expected a list of strings"},
		{`"tags":[null]`, "invalid_type", "tags", ""},
		{`"tags":[""]`, "invalid_value", "tags", "at most 64 tags of 1 to 256 bytes"},
		{`"tags":["` + long + `"]`, "invalid_value", "tags", ""},
		{`"tags":` + manyTags("a", maxTags+1), "invalid_value", "tags", ""},
		{`"tags":` + manyTags("a", maxTags) + `,"metadata":{"tags":["b"]}`, "invalid_value", "metadata.tags", ""},
		{`"metadata":{"tags":` + manyTags("a", 40) + `},"litellm_metadata":{"tags":` + manyTags("b", 40) + `}`, "invalid_value", "metadata.tags", ""},
		{`"tags":[],"tags":[]`, "duplicate_parameter", "tags", "more than once"},
		{`"tags":[x]`, "invalid_json", "", ""},
		{`"allowed_model_region":["eu"]`, "invalid_type", "allowed_model_region", "expected a string, got an array"},
		{`"allowed_model_region":"` + long + `"`, "invalid_value", "allowed_model_region", "at most 256 bytes"},
		{`"allowed_model_region":"a","allowed_model_region":"a"`, "duplicate_parameter", "allowed_model_region", ""},
		{`"litellm_session_id":7`, "invalid_type", "litellm_session_id", ""},
		{`"litellm_session_id":"a","litellm_session_id":"a"`, "duplicate_parameter", "litellm_session_id", ""},
		{`"metadata":{},"metadata":{}`, "duplicate_parameter", "metadata", ""},
		{`"metadata":{"tags":"a"}`, "invalid_type", "metadata.tags", "expected a list of strings, got a string"},
		{`"metadata":{"tags":[],"tags":[]}`, "duplicate_parameter", "metadata.tags", "more than once"},
		{`"metadata":{"routing_profile":"cheap"}`, "invalid_value", "metadata.routing_profile", "one of auto, eco, premium, free, reasoning"},
		{`"metadata":{"routing_profile":""}`, "invalid_value", "metadata.routing_profile", ""},
		{`"metadata":{"routing_profile":1}`, "invalid_type", "metadata.routing_profile", "got a number"},
		{`"metadata":{"cascade_rung":0}`, "invalid_value", "metadata.cascade_rung", "a whole number of 1 or more"},
		{`"metadata":{"cascade_rung":1.5}`, "invalid_value", "metadata.cascade_rung", ""},
		{`"metadata":{"cascade_rung":"1"}`, "invalid_type", "metadata.cascade_rung", "got a string"},
		{`"metadata":{"cascade_rung":1e999}`, "invalid_json", "", "range of a double"},
		{`"metadata":{"cascade_confidence":1.01}`, "invalid_value", "metadata.cascade_confidence", "a number from 0 to 1"},
		{`"metadata":{"cascade_confidence":-0.1}`, "invalid_value", "metadata.cascade_confidence", ""},
		{`"metadata":{"cascade_confidence":true}`, "invalid_type", "metadata.cascade_confidence", "got a boolean"},
		{`"metadata":{"session_id":{}}`, "invalid_type", "metadata.session_id", ""},
		{`"metadata":{"session_id":"a","session_id":null}`, "duplicate_parameter", "metadata.session_id", ""},
		{`"litellm_metadata":"{}"`, "invalid_type", "litellm_metadata", "expected an object, got a string"},
		{`"litellm_metadata":{"cascade_rung":-1}`, "invalid_value", "litellm_metadata.cascade_rung", ""},
		{`"litellm_metadata":{},"litellm_metadata":{}`, "duplicate_parameter", "litellm_metadata", ""},
		{`"context_window_fallbacks":[],"context_window_fallbacks":[]`, "duplicate_parameter", "context_window_fallbacks", ""},
		{`"metadata":{"tags":}`, "invalid_json", "", ""},
	} {
		for _, api := range abi.APIs {
			_, refusal := ReadBody(Call{API: api, Op: OpCreate}, []byte(`{"model":"m",`+c.members+`}`))
			if refusal == nil {
				t.Errorf("%.80s was accepted", c.members)
				continue
			}
			if refusal.Status != 400 || refusal.Code != c.code || refusal.Param != c.param || !strings.Contains(refusal.Message, c.message) {
				t.Errorf("%.80s: %+v", c.members, *refusal)
			}
		}
	}
}

// What is said to us is cut out, with one comma; what an upstream is told in metadata stays as it is.
func TestHintsGoNoFurther(t *testing.T) {
	for body, want := range map[string]string{
		`{"model":"m","metadata":{"user_id" : "u\u0061","n":1.0}}`:                                     `{"model":"m","metadata":{"user_id" : "u\u0061","n":1.0}}`,
		`{"model":"m","metadata":null}`:                                                                `{"model":"m","metadata":null}`,
		`{"model":"m","metadata":"tags"}`:                                                              `{"model":"m","metadata":"tags"}`,
		`{"model":"m","metadata":{}}`:                                                                  `{"model":"m","metadata":{}}`,
		`{"model":"m","metadata":{"user_id":"u","tags":["a"]}, "n":1.0}`:                               `{"model":"m", "n":1.0}`,
		`{"metadata":{"tags":null},"model":"m"}`:                                                       `{"model":"m"}`,
		`{"metadata":{"user_id":"u"},"tags":["a"],"model":"m"}`:                                        `{"metadata":{"user_id":"u"},"model":"m"}`,
		`{"tags":[],"metadata":{"user_id":"u"},"model":"m"}`:                                           `{"metadata":{"user_id":"u"},"model":"m"}`,
		`{"tags":[] , "metadata":{"session_id":"s"} , "timeout":1, "model":"m"}`:                       `{   "model":"m"}`,
		`{"model":"m","litellm_metadata":{"x":1},"allowed_model_region":"eu","litellm_session_id":""}`: `{"model":"m"}`,
		`{"model":"m","context_window_fallbacks":[{"a":["b"]}],"n":1,"content_policy_fallbacks":null}`: `{"model":"m","n":1}`,
		`{"model":"m","a":{"tags":1,"litellm_metadata":2}}`:                                            `{"model":"m","a":{"tags":1,"litellm_metadata":2}}`,
	} {
		for _, api := range abi.APIs {
			b, refusal := ReadBody(Call{API: api, Op: OpCreate}, []byte(body))
			if refusal != nil {
				t.Errorf("%s: %+v", body, *refusal)
				continue
			}
			got := string(b.Rewrite([]byte(body), "m", "", true))
			if got != want || b.Rewrites("m", "", true) != (want != body) || b.RewrittenLen("m", "", true) != len(want) {
				t.Errorf("%s: %s became %s, want %s", api, body, got, want)
			}
		}
	}
}

func TestHintHeaders(t *testing.T) {
	long := strings.Repeat("a", maxHint+1)
	said := Hints{Tags: []string{"a"}, Profile: "eco", Region: "eu", Session: "s", Rung: 2}
	listed := said
	listed.listed = true
	for _, c := range []struct {
		name                           string
		said                           Hints
		tags, profile, region, session string
		want                           Hints
		refused                        string // the header
	}{
		{name: "none", said: said, want: said},
		{"all", said, " b ,a,, c", "premium", "us", "t", Hints{Tags: []string{"a", "b", "c"}, Profile: "premium", Region: "us", Session: "t", Rung: 2}, ""},
		{name: "tags alone", tags: "b,b", want: Hints{Tags: []string{"b"}}},
		{name: "no tag at all", tags: ", ,"},
		{name: "a body with tags of its own", said: listed, tags: "b", want: listed},
		{name: "as many tags as may be", tags: strings.Trim(strings.ReplaceAll(manyTags("", maxTags), `"`, ""), "[]"), want: Hints{Tags: strings.Split(strings.Trim(strings.ReplaceAll(manyTags("", maxTags), `"`, ""), "[]"), ",")}},
		{name: "too many tags", said: said, tags: strings.Trim(manyTags("", maxTags), "[]"), refused: abi.HeaderTags},
		{name: "a long tag", tags: long, refused: abi.HeaderTags},
		{name: "a profile that is none", profile: "Eco", refused: abi.HeaderProfile},
		{name: "a long region", region: long, refused: abi.HeaderRegion},
		{name: "a long session", session: long, refused: abi.HeaderSession},
	} {
		h := c.said
		refusal := HintHeaders(&h, c.tags, c.profile, c.region, c.session)
		if refusal != nil {
			if refusal.Status != 400 || refusal.Param != c.refused || !strings.Contains(refusal.Message, c.refused) {
				t.Errorf("%s: %+v", c.name, *refusal)
			}
			continue
		}
		if c.refused != "" || !reflect.DeepEqual(h, c.want) {
			t.Errorf("%s: %+v", c.name, h)
		}
		if len(said.Tags) != 1 || said.Tags[0] != "a" {
			t.Errorf("%s: the body's tags became %q", c.name, said.Tags)
		}
	}
}
