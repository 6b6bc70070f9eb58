package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/litellm"
)

// compile makes a Document of a configuration, with the environment of SET=sk-secret-of-the-environment.
func compile(t *testing.T, text string) *Document {
	t.Helper()
	return compileWith(t, text, "sk-secret-of-the-environment")
}

func compileWith(t *testing.T, text, key string) *Document {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{Path: "c.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil },
		Getenv: func(name string) (string, bool) { return key, name == "SET" }})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return Compiled(&c.Config, c.Clusters, c.Credentials)
}

const (
	gpt    = "  - {model_name: gpt-4, litellm_params: {model: openai/gpt-4, api_key: sk-old}}\n"
	gptNew = "  - {model_name: gpt-4, litellm_params: {model: openai/gpt-4, api_key: sk-new}}\n"
	gptEU  = "  - {model_name: gpt-4, litellm_params: {model: openai/gpt-4, api_base: 'https://eu.example/v1', api_key: sk-old}}\n"
	claude = "  - {model_name: claude-3, litellm_params: {model: anthropic/claude-3-sonnet, api_key: sk-old}}\n"
	none   = "model_list: []\n"
	list   = "model_list:\n"
)

// counts are the numbers of what is added, removed, changed and of settings.
func counts(r *Result) [4]int {
	return [4]int{len(r.Added), len(r.Removed), len(r.Changed), len(r.Settings)}
}

// TestCases: the six cases of the system this replaces, and those it was wrong in, of compiled configurations and of written ones.
func TestCases(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           [3]int // added, removed, changed
		paths          string // that changed of the first
	}{
		{"no changes", list + gpt, list + gpt, [3]int{}, ""},
		{"added", list + gpt, list + gpt + claude, [3]int{1, 0, 0}, ""},
		{"removed", list + gpt + claude, list + gpt, [3]int{0, 1, 0}, ""},
		{"changed key", list + gpt, list + gptNew, [3]int{0, 0, 1}, "key"},
		{"empty to many", none, list + gpt + claude, [3]int{2, 0, 0}, ""},
		{"many to empty", list + gpt + claude, none, [3]int{0, 2, 0}, ""},
		{"one of two of a name", list + gpt + gptEU, list + gptNew + gptEU, [3]int{0, 0, 1}, "key"},
		{"the other of the two", list + gptNew + gptEU, list + gptNew + strings.Replace(gptEU, "sk-old", "sk-new", 1), [3]int{0, 0, 1}, "key"},
		{"a duplicate comes", list + gpt, list + gpt + gpt, [3]int{1, 0, 0}, ""},
		{"a duplicate goes", list + gpt + gpt, list + gpt, [3]int{0, 1, 0}, ""},
		{"another order", list + gpt + gptEU + claude, list + claude + gptEU + gpt, [3]int{}, ""},
		{"another place", list + gpt, list + gptEU, [3]int{1, 1, 0}, ""},
		{"another limit", list + strings.Replace(gpt, "api_key", "rpm: 1, api_key", 1), list + strings.Replace(gpt, "api_key", "rpm: 2, api_key", 1), [3]int{0, 0, 1}, "rpm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for kind, make := range map[string]func(string) *Document{
				"compiled": func(text string) *Document {
					return compile(t, strings.Replace(text, none, list+claude2, 1)+always(text))
				},
				"written": func(text string) *Document { return mustWritten(t, text) },
			} {
				r := Between(make(c.old), make(c.new))
				got := counts(r)
				if [3]int(got[:3]) != c.want {
					t.Errorf("%s: got %v, want %v: %+v", kind, got, c.want, r)
				}
				if c.want == [3]int{} && !r.Empty() {
					t.Errorf("%s: not empty: %+v", kind, r)
				}
				if c.paths != "" && (len(r.Changed) != 1 || !slices.ContainsFunc(r.Changed[0].Paths, func(p Path) bool {
					return strings.Contains(p.Path, c.paths) || strings.Contains(p.Path, "credential")
				})) {
					t.Errorf("%s: %+v", kind, r.Changed)
				}
				var out bytes.Buffer
				if err := r.WriteJSON(&out); err != nil {
					t.Fatal(err)
				}
				if err := r.WriteText(&out); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(out.String(), "sk-") {
					t.Errorf("%s: a key is shown: %s", kind, &out)
				}
			}
		})
	}
}

// A compiled configuration has at least one deployment, so each has one more here.
const claude2 = "  - {model_name: always, litellm_params: {model: openai/always, mock_response: a}}\n"

func always(text string) string {
	if text == none {
		return ""
	}
	return claude2
}

func mustWritten(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Written("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestWritten: what does not compile is compared all the same.
func TestWritten(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           [4]int
	}{
		{"without a name", "model_list: [{litellm_params: {model: a}}]", "model_list: [{litellm_params: {model: a, rpm: 1}}, {model_name: x}]", [4]int{1, 0, 1, 0}},
		{"an id that is there twice", "model_list: [{model_info: {id: a}}, {model_info: {id: a}, x: 1}]", "model_list: [{model_info: {id: a}}, {model_info: {id: a}, x: 2}]", [4]int{0, 0, 1, 0}},
		{"entries that are none", "model_list: [1, null]", "model_list: [1, [2]]", [4]int{0, 0, 1, 0}},
		{"no list", "{}", "model_list: [{model_name: m1}, {model_name: m2}]", [4]int{2, 0, 0, 0}},
		{"an empty file", "", "model_list: {}", [4]int{}},
		{"settings", "router_settings: {num_retries: 1}\ngeneral_settings: {master_key: sk-a}", "router_settings: {num_retries: 2, x: .inf}\ngeneral_settings: {master_key: sk-b}", [4]int{0, 0, 0, 3}},
		{"keys that are no text", "1: 2", "1: {2: 3}", [4]int{0, 0, 0, 2}},
	} {
		r := Between(mustWritten(t, c.old), mustWritten(t, c.new))
		if counts(r) != c.want {
			t.Errorf("%s: %v %+v", c.name, counts(r), r)
		}
		var out bytes.Buffer
		if err := r.WriteJSON(&out); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if strings.Contains(out.String(), "sk-") {
			t.Errorf("%s: a key is shown: %s", c.name, &out)
		}
	}
	if _, err := Written("broken.yaml", []byte("a: [")); err == nil || !strings.Contains(err.Error(), "broken.yaml") {
		t.Errorf("no YAML: %v", err)
	}
}

// TestSecrets: nothing planted is shown, and that each changed is.
func TestSecrets(t *testing.T) {
	const with = `
model_list:
  - model_name: m
    model_info: {id: a}
    litellm_params: {model: openai/m, api_base: "http://h.example/v1", api_key: PLANT-key, extra_headers: {x-extra: PLANT-header}}
  - {model_name: m, model_info: {id: b}, litellm_params: {model: openai/m, api_key: os.environ/SET}}
general_settings: {master_key: PLANT-master}
`
	before := compileWith(t, with, "PLANT-env")
	after := compileWith(t, strings.ReplaceAll(strings.ReplaceAll(with, "PLANT", "PLANT-other"), "/v1", "/v2"), "PLANT-env-new")
	r := Between(before, after)
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "PLANT") || strings.Contains(fmt.Sprintf("%+v", r), "PLANT") {
		t.Errorf("a secret is shown: %s", &out)
	}
	for _, want := range []string{"credential changed", "client keys changed", "/v2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not told: %s", want, &out)
		}
	}
	if !slices.ContainsFunc(r.Changed, func(c Change) bool { return c.ID == "b" }) {
		t.Error("another value of the environment is no change")
	}
}

// TestJSONShape: lists are lists also when they are empty, and an entry has its names.
func TestJSONShape(t *testing.T) {
	var out bytes.Buffer
	if err := Between(compile(t, list+gpt), compile(t, list+gpt+claude)).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got map[string][]map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["removed"] == nil || got["changed"] == nil || len(got["added"]) != 1 || got["added"][0]["model_name"] != "claude-3" {
		t.Errorf("%s", &out)
	}
}

// TestProperty: what Between says of two documents, done to the first, makes the second.
func TestProperty(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a, b := random(rng), random(rng)
		before, after := compile(t, a), compile(t, b)
		r := Between(before, after)
		deployments := map[string]map[string]any{}
		for id, e := range before.entries {
			deployments[id] = e.parts()
		}
		for _, e := range r.Removed {
			delete(deployments, e.ID)
		}
		for _, e := range r.Added {
			deployments[e.ID] = after.entries[e.ID].parts()
		}
		for _, c := range r.Changed {
			for _, p := range c.Paths {
				apply(deployments[c.ID], after.entries[c.ID].parts(), p.Path)
			}
		}
		want := map[string]map[string]any{}
		for id, e := range after.entries {
			want[id] = e.parts()
		}
		if !reflect.DeepEqual(deployments, want) {
			t.Fatalf("of\n%s\nand\n%s\n%+v leaves out a change of deployments", a, b, r)
		}
		got, all := flat(before.settings), flat(after.settings)
		for _, p := range r.Settings {
			for path := range got {
				if path == p.Path || strings.HasPrefix(path, p.Path+".") && strings.HasSuffix(p.Path, "]") {
					delete(got, path)
				}
			}
			for path, v := range all {
				if path == p.Path || strings.HasPrefix(path, p.Path+".") && strings.HasSuffix(p.Path, "]") {
					got[path] = v
				}
			}
		}
		if !reflect.DeepEqual(got, all) {
			t.Fatalf("of\n%s\nand\n%s\n%+v leaves out a change of settings", a, b, r.Settings)
		}
		if !Between(after, compile(t, b)).Empty() {
			t.Fatal("a document differs from itself")
		}
	}
}

func apply(to, from map[string]any, path string) {
	delete(to, path)
	if v, ok := from[path]; ok {
		to[path] = v
	}
}

func flat(settings map[string]any) map[string]any {
	out := map[string]any{}
	for path, v := range settings {
		flatten(out, path, v)
	}
	return out
}

// random makes a configuration of a few deployments and settings.
func random(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString(list)
	groups := map[string]bool{}
	for i := range 1 + rng.IntN(5) {
		name := fmt.Sprintf("m%d", rng.IntN(3))
		groups[name] = true
		fmt.Fprintf(&b, "  - {model_name: %s, ", name)
		if rng.IntN(2) == 0 {
			fmt.Fprintf(&b, "model_info: {id: d%d}, ", i)
		}
		fmt.Fprintf(&b, "litellm_params: {model: openai/x%d, api_key: k%d, rpm: %d}}\n", rng.IntN(2), rng.IntN(2), 1+rng.IntN(2))
	}
	names := slices.Sorted(maps.Keys(groups))
	fmt.Fprintf(&b, "router_settings: {num_retries: %d, model_group_alias: {alias%d: %s}}\n", rng.IntN(3), rng.IntN(2), names[0])
	if rng.IntN(2) == 0 {
		fmt.Fprintf(&b, "general_settings: {master_key: sk-%d}\n", rng.IntN(2))
	}
	return b.String()
}

// TestUntouched: what surrounds a deployment counts.
func TestUntouched(t *testing.T) {
	before := compile(t, list+gpt+gptEU+claude)
	for _, c := range []struct {
		name, new string
		want      int
	}{
		{"nothing", list + gpt + gptEU + claude, 3},
		{"one of them", list + gptNew + gptEU + claude, 2},
		{"a setting of all", list + gpt + gptEU + claude + "litellm_settings: {drop_params: true}\nlimits: {max_body_bytes: 1000}\n", 0},
	} {
		if got := len(Untouched(before, compile(t, c.new))); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if got := len(Untouched(Compiled(nil, nil, nil), before)); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	r := Between(compile(t, list+strings.Replace(claude2, "a}", "a}", 1)), compile(t, list+strings.Replace(claude2, "mock_response: a", "mock_response: "+strings.Repeat("é", 500), 1)))
	if len(r.Changed) != 1 || len(r.Changed[0].Paths[0].New.(string)) > maxShown+len("…") {
		t.Errorf("%+v", r)
	}
}
