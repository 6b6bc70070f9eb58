package abi

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// fill sets every field of v to something that is not its zero value.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.String:
		v.SetString("s" + string(rune('a'+*n%26)))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a kind the document has not had before: " + v.Kind().String())
	}
}

func TestParseReadsEveryMember(t *testing.T) {
	var want Config
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	d := newDecoder(text)
	if err := d.config(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nwrote\n%+v", got, want)
	}
}

const good = `{"version":5,"role":"router","limits":{"max_body_bytes":1},"breaker":{"enabled":false},"answer":{},
 "retry":{"budget_percent":20,"budget_floor":10,"max_attempts":20},"health":{"min_models":1},"on_error":"deny",
 "groups":[{"name":"a","strategy":{"name":"s"},"retries":0,"when_all_open":"refuse","deployments":[{"id":"x","provider":"openai","model":"m","cluster":"c","share":0,"paths":[{"api":"chat","path":"/v1/chat/completions"}]}]}]}`

func TestParseRefuses(t *testing.T) {
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatalf("the good document: %v", err)
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"another version", `"version":5`, `"version":3`, "version 3, this build reads version 5"},
		{"no version", `"version":5,`, ``, "version: is missing"},
		{"unknown member", `"retries":0`, `"retires":0`, "groups[0].retires: unknown member"},
		{"repeated member", `"retries":0`, `"retries":0,"retries":1`, "groups[0].retries: stands twice"},
		{"wrong type", `"retries":0`, `"retries":"0"`, "groups[0].retries: expected a number, found a string"},
		{"text behind", `}]}]}]}`, `}]}]}]} x`, "text after the value"},
		{"role", `"role":"router"`, `"role":"cook"`, `role: is "cook"`},
		{"api", `"api":"chat"`, `"api":"chit"`, `deployments[0].paths[0].api: is "chit"`},
		{"no cluster", `"cluster":"c"`, `"cluster":""`, "groups[0].deployments[0].cluster: is empty"},
		{"fallback", `"retries":0`, `"retries":0,"fallbacks":["b"]`, `groups[0].fallbacks[0]: names no group: "b"`},
		{"breaker", `"enabled":false`, `"enabled":true`, "breaker.open_ms: is 0, expected 1 to"},
		{"context fallback", `"retries":0`, `"retries":0,"context_fallbacks":["b"]`, `groups[0].context_fallbacks[0]: names no group: "b"`},
		{"when all are open", `"refuse"`, `"flee"`, `groups[0].when_all_open: is "flee", expected refuse or least_bad`},
		{"failure policy", `"deny"`, `"ignore"`, `on_error: is "ignore", expected deny or continue`},
		{"attempts", `"max_attempts":20`, `"max_attempts":0`, "retry.max_attempts: is 0, expected 1 to 100"},
		{"budget", `"budget_percent":20`, `"budget_percent":101`, "retry.budget_percent: is 101, expected 0 to 100"},
		{"class", `"retries":0`, `"retries":0,"retries_by_class":[{"class":"bad","count":1}]`, `retries_by_class[0].class: is "bad", expected a class of failure`},
		{"class twice", `"retries":0`, `"retries":0,"retries_by_class":[{"class":"timeout","count":1},{"class":"timeout","count":1}]`, `retries_by_class[1].class: stands twice`},
		{"limit", `"share":0`, `"share":0,"rpm":-1`, "deployments[0].rpm: is -1, expected 0 or more"},
		{"name", `"name":"a"`, `"name":"a;b"`, "cannot stand in a name"},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestValidateGivesEveryError(t *testing.T) {
	text := strings.NewReplacer(`"retries":0`, `"retries":-1,"fallbacks":["b"]`, `"share":0`, `"share":-1`).Replace(good)
	_, err := Parse([]byte(text))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three errors in three lines, got %v", err)
	}
}

// FuzzParse: no text makes Parse panic, and what it accepts survives being written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		c2, err := Parse(again)
		if err != nil || !reflect.DeepEqual(c, c2) {
			t.Fatalf("%s\nreads back as %v, %v", again, c2, err)
		}
	})
}
