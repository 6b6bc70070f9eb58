package source

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// layers are sources of texts.
func layers(texts ...string) Source {
	var all []Source
	for _, text := range texts {
		all = append(all, fixed("file:l"+string(rune('1'+len(all))), text))
	}
	return Layered(all...)
}

// meaning is what a text decodes to.
func meaning(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// TestLayers is the rule.
func TestLayers(t *testing.T) {
	for name, c := range map[string]struct {
		layers []string
		want   string
	}{
		"key by key":            {[]string{"a: 1\nb: {c: 1, d: {e: 1, f: 1}}", "b: {c: 2, d: {f: 2}}\ng: 3"}, "a: 1\nb: {c: 2, d: {e: 1, f: 2}}\ng: 3"},
		"null takes away":       {[]string{"a: 1\nb: {c: 1, d: 1}", "a: null\nb: {c: ~}\nx: null"}, "b: {d: 1}"},
		"other kinds":           {[]string{"a: {b: 1}\nc: [1]", "a: 1\nc: {d: 1}"}, "a: 1\nc: {d: 1}"},
		"lists are replaced":    {[]string{"r: {fallbacks: [1, 2]}", "r: {fallbacks: [3]}"}, "r: {fallbacks: [3]}"},
		"entries by id":         {[]string{"model_list: [{m: a, x: 1, model_info: {id: 1}}, {m: b, model_info: {id: two}}]", "model_list: [{m: c, model_info: {id: '1'}}, {m: d, model_info: {id: 3}}]"}, "model_list: [{m: c, model_info: {id: '1'}}, {m: b, model_info: {id: two}}, {m: d, model_info: {id: 3}}]"},
		"entries without id":    {[]string{"model_list: [{m: a}, x, {model_info: 1}]", "model_list: [{m: a}, {m: b, model_info: {id: null}}]"}, "model_list: [{m: a}, x, {model_info: 1}, {m: a}, {m: b, model_info: {id: null}}]"},
		"an id that is twice":   {[]string{"model_list: [{m: a, model_info: {id: 1}}, {m: b, model_info: {id: 1}}]", "model_list: [{m: c, model_info: {id: 1}}, {m: d, model_info: {id: 1}}]"}, "model_list: [{m: c, model_info: {id: 1}}, {m: b, model_info: {id: 1}}, {m: d, model_info: {id: 1}}]"},
		"a deeper model_list":   {[]string{"a: {model_list: [1]}", "a: {model_list: [2]}"}, "a: {model_list: [2]}"},
		"nothing written":       {[]string{"a: {b: , c: [~, ]}\nd:", "x: 1"}, "a: {b: null, c: [null]}\nd: null\nx: 1"},
		"three":                 {[]string{"a: 1", "a: 2\nb: 2", "b: 3"}, "a: 2\nb: 3"},
		"anchors of one name":   {[]string{"a: &x {k: 1}\nb: *x", "c: &x {k: 2}\nd: *x\na: {l: 3}"}, "a: {k: 1, l: 3}\nb: {k: 1}\nc: {k: 2}\nd: {k: 2}"},
		"merges":                {[]string{"x: &x {k: 1, l: 1}\ny: &y {k: 5, n: 5}\na: {<<: [*x, *y], l: 2}\nb: {<<: *y}", "a: {k: 9}"}, "x: {k: 1, l: 1}\ny: {k: 5, n: 5}\na: {l: 2, k: 9, n: 5}\nb: {k: 5, n: 5}"},
		"texts that look typed": {[]string{"a: '1'\nb: \"true\"\nc: 1e3\nd: 0x1F\ne: 2020-01-01\nf: 'null'\ng: \"\"\nh: |\n  x\n  y\ni: 1.0", "z: '~'"}, "a: '1'\nb: 'true'\nc: 1e3\nd: 0x1F\ne: 2020-01-01\nf: 'null'\ng: ''\nh: \"x\\ny\\n\"\ni: 1.0\nz: '~'"},
	} {
		d, err := layers(c.layers...).Fetch(t.Context(), "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(meaning(t, d.Body), meaning(t, []byte(c.want))) {
			t.Errorf("%s:\n%s\nwant\n%s", name, d.Body, c.want)
		}
	}
}

// TestLayerRefused: the layer is named, no value is.
func TestLayerRefused(t *testing.T) {
	deep := strings.Repeat("[", 70) + strings.Repeat("]", 70)
	bomb := "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for i := range 8 {
		name, below := string(rune('b'+i)), string(rune('a'+i))
		bomb += name + ": &" + name + " [" + strings.TrimSuffix(strings.Repeat("*"+below+",", 10), ",") + "]\n"
	}
	for text, want := range map[string]string{
		"- 1":                            "no mapping",
		"a: [1":                          "no YAML",
		"api_key: *planted":              "no YAML",
		"a: 1\nb: 2\na: 3":               `line 3: the key "a" stands twice, in line 1 too`,
		"?":                              "line 1: has a key that is no text",
		"? [1]\n: 2":                     "line 1: has a key that is no text",
		"a: " + deep:                     "too large",
		bomb:                             "too large",
		"a: {<<: 1}":                     "'<<' merges no mapping",
		"include: a.yaml":                "include is no list",
		"include: [{a: 1}]":              "no name of a file",
		"include: [a.yaml]\nmodel_list:": "it includes a.yaml, which did not come with it",
	} {
		_, err := layers("a: 1", text).Fetch(t.Context(), "")
		if !errors.Is(err, ErrLayer) || !strings.HasPrefix(err.Error(), "file:l2: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestLayerIncludes: a layer's includes are merged into it, by the compiler's rule, before the next layer lies over it.
func TestLayerIncludes(t *testing.T) {
	one := &script{name: "file:one", answer: func(context.Context, Revision) (Document, error) {
		d := Document{
			Body: []byte("include: [m/a.yaml, m/a.yaml, m/b.yaml]\nmodel_list: [{m: 1}]\nr: {x: 1, l: [1], deep: {a: 1}}\ngone: null"),
			Files: map[string][]byte{
				"m/a.yaml": []byte("include: [b.yaml]\nmodel_list: [{m: 2, model_info: {id: i}}]\nr: {x: 2, l: [2], deep: {b: 1}}\ngone: 1"),
				"m/b.yaml": []byte("include: [a.yaml]\nmodel_list: [{m: 3}]\nr: {y: 3, x: null}"),
			},
		}
		d.Revision = Seal("", d)
		return d, nil
	}}
	d, err := Layered(one, fixed("two", "model_list: [{m: 4, model_info: {id: i}}]\nr: {y: 4}")).Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := "model_list: [{m: 1}, {m: 4, model_info: {id: i}}, {m: 3}]\nr: {x: 2, l: [1, 2], deep: {b: 1}, y: 4}\ngone: 1"
	if !reflect.DeepEqual(meaning(t, d.Body), meaning(t, []byte(want))) || d.Files != nil {
		t.Errorf("%s\nwant\n%s", d.Body, want)
	}
}

// TestLayeredFetch: a layer that changed is fetched alone; one that fails fails the whole, and what the others brought is
// not lost by that.
func TestLayeredFetch(t *testing.T) {
	body := map[string]string{"one": "a: 1", "two": "b: 1"}
	var down error
	fetched := 0
	part := func(name string) *script {
		return &script{name: name, changed: make(chan struct{}, 1), answer: func(_ context.Context, have Revision) (Document, error) {
			if name == "two" && down != nil {
				return Document{}, down
			}
			d, err := Since(have, "", Document{Body: []byte(body[name]), Modified: time.Unix(int64(len(body[name])), 0)})
			if err == nil {
				fetched++
			}
			return d, err
		}}
	}
	one, two := part("one"), part("two")
	s := Layered(one, two)
	fetch := func(have Revision, want string) Revision {
		t.Helper()
		d, err := s.Fetch(t.Context(), have)
		if want == "" {
			if !errors.Is(err, ErrNotModified) {
				t.Errorf("fetch: %q, %v", d.Body, err)
			}
			return have
		}
		if err != nil || !reflect.DeepEqual(meaning(t, d.Body), meaning(t, []byte(want))) {
			t.Errorf("fetch: %q, %v, want %q", d.Body, err, want)
		}
		return d.Revision
	}
	first := fetch("", "a: 1\nb: 1")
	fetch(first, "")
	fetch("of before", "a: 1\nb: 1") // nothing is fetched for that
	if fetched != 2 {
		t.Errorf("%d layers were fetched, want 2", fetched)
	}
	body["one"], down = "a: 22", errors.New("down")
	if _, err := s.Fetch(t.Context(), first); !errors.Is(err, ErrUnreachable) || !strings.HasPrefix(err.Error(), "two: ") {
		t.Errorf("fetch: %v", err)
	}
	down = nil
	second := fetch(first, "a: 22\nb: 1")
	fetch(second, "")
	if fetched != 3 {
		t.Errorf("%d layers were fetched, want 3", fetched)
	}
	if again := fetch("", "a: 22\nb: 1"); again != second || fetched != 5 {
		t.Errorf("without a condition: %q after %q, %d fetched, want 5", again, second, fetched)
	}
	d, err := s.Fetch(t.Context(), "")
	if err != nil || d.Modified.Unix() != 5 {
		t.Errorf("modified %v, %v", d.Modified, err)
	}
	one.changed <- struct{}{}
	<-changes(s)
	two.changed <- struct{}{}
	<-changes(s)
	if err := Close(s); err != nil || one.closed != 1 || two.closed != 1 || Close(s) != nil {
		t.Errorf("close: %v, %d, %d", err, one.closed, two.closed)
	}
	if s.String() != "one + two" || Layered(one) != Source(one) {
		t.Errorf("named %s", s)
	}
}

// FuzzLayers: whatever the texts, a refusal or a document, which is YAML; over itself, and under nothing, a text means
// what it means alone.
func FuzzLayers(f *testing.F) {
	f.Add("a: 1", "a: {b: 2}")
	f.Add("model_list: [{m: 1, model_info: {id: x}}]", "model_list: [{m: 2, model_info: {id: x}}, {m: 3}]")
	f.Add("a: &x {k: 1}\nb: {<<: *x}", "b: null\n? a\n: |\n  text\n")
	f.Add("a: '1'\nb: !!str 1\nc: 0x1F # c", "{}")
	if text, err := os.ReadFile("../../examples/quickstart/config.yaml"); err != nil {
		f.Error(err)
	} else {
		f.Add(string(text), "router_settings: {num_retries: 1}")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		merged, err := layers(a, b).Fetch(t.Context(), "")
		if err != nil {
			if !errors.Is(err, ErrLayer) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		var any yaml.Node
		if err := yaml.Unmarshal(merged.Body, &any); err != nil {
			t.Fatalf("%q over %q: %q: %v", b, a, merged.Body, err)
		}
		again, err := layers(string(merged.Body), "{}").Fetch(t.Context(), "")
		if err != nil {
			t.Fatalf("%q: %v", merged.Body, err)
		}
		if string(again.Body) != string(merged.Body) {
			t.Fatalf("%q under nothing is %q", merged.Body, again.Body)
		}
		var alone, under meant
		if yaml.Unmarshal([]byte(a), &alone) != nil {
			return // a type that decoding refuses and layers need not understand, such as !!int x
		}
		d, err := layers(a, "{}").Fetch(t.Context(), "")
		if err != nil {
			t.Fatalf("%q: %v", a, err)
		}
		if err := yaml.Unmarshal(d.Body, &under); err != nil || !reflect.DeepEqual(alone.v, under.v) {
			t.Fatalf("%q under nothing is %q: %v", a, d.Body, err)
		}
	})
}

// meant decodes anything but includes, which layers deal with, and what is not equal to itself.
type meant struct{ v any }

func (a *meant) UnmarshalYAML(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == include {
			return errors.New("includes")
		}
	}
	if strings.Contains(strings.ToLower(flat(n)), "nan") {
		return errors.New("not equal to itself")
	}
	return n.Decode(&a.v)
}

// flat is all the text of a node.
func flat(n *yaml.Node) string {
	text := n.Value
	for _, c := range n.Content {
		text += " " + flat(c)
	}
	return text
}

// TestLayeredArtifacts: an artifact that an included file names is the same file when its text stands in the document's.
func TestLayeredArtifacts(t *testing.T) {
	const included = `x: {artifact: mf.tar, list: [{artifact: ../up.tar}, {artifact: "s3://b/k.tar"}, {artifact: /abs.tar}, {other: mf.tar}]}`
	d := Document{Body: []byte("include: [models/groups.yaml]\ny: {artifact: own.tar}"), Files: map[string][]byte{"models/groups.yaml": []byte(included)}}
	got, err := Layered(Fixed("document", d), Fixed("over", Document{Body: []byte("z: 1")})).Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	const want = "y: {artifact: own.tar}\nx: {artifact: models/mf.tar, list: [{artifact: up.tar}, {artifact: 's3://b/k.tar'}, {artifact: /abs.tar}, {other: mf.tar}]}\nz: 1"
	if !reflect.DeepEqual(meaning(t, got.Body), meaning(t, []byte(want))) {
		t.Errorf("%s", got.Body)
	}
}
