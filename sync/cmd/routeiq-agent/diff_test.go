package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const keyOld, keyNew = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/m, api_key: sk-planted-old}}
  - {model_name: chat, litellm_params: {model: openai/m, api_base: "http://h.example/v1", api_key: os.environ/SOME}}
general_settings: {master_key: sk-planted}
`, `
model_list:
  - {model_name: chat, litellm_params: {model: openai/m, api_base: "http://h.example/v1", api_key: os.environ/SOME}}
  - {model_name: chat, litellm_params: {model: openai/m, api_key: sk-planted-new}}
  - {model_name: more, litellm_params: {model: openai/m, mock_response: hello}}
general_settings: {master_key: sk-planted}
`

// TestDiff: text and JSON, and that both could be read is all that the exit tells.
func TestDiff(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		want           map[string]int
		warned         bool
	}{
		{"the same", keyOld, keyOld, map[string]int{"added": 0, "removed": 0, "changed": 0, "settings": 0}, false},
		{"a key, an entry, another order", keyOld, keyNew, map[string]int{"added": 1, "removed": 0, "changed": 1}, false},
		{"back", keyNew, keyOld, map[string]int{"added": 0, "removed": 1, "changed": 1}, false},
		{"one that would be refused", mock, wrong, map[string]int{"added": 0, "removed": 0, "changed": 1}, true},
		{"entries without a name", "model_list: [{litellm_params: {model: a}}]", "model_list: []", map[string]int{"added": 0, "removed": 1, "changed": 0}, true},
		{"nothing to something", "", mock, map[string]int{"added": 1, "removed": 0, "changed": 0}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, new := write(t, c.old), write(t, c.new)
			exit, out, errs := call(t, nil, "", "diff", "--json", old, new)
			if exit != exitGood || strings.Contains(errs, "warning") != c.warned {
				t.Fatalf("exit %d: %s", exit, errs)
			}
			var got map[string][]map[string]any
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			for list, n := range c.want {
				if got[list] == nil || len(got[list]) != n {
					t.Errorf("%s has %d, want %d: %s", list, len(got[list]), n, out)
				}
			}
			exit, text, errs := call(t, nil, "", "diff", old, new)
			if exit != exitGood || text == "" || strings.Contains(text+out+errs, "planted") {
				t.Errorf("exit %d: %s%s", exit, text, errs)
			}
		})
	}
	exit, out, errs := call(t, nil, mock, "diff", "-", write(t, mock))
	if exit != exitGood || !strings.Contains(out, "nothing changes") {
		t.Errorf("standard input: %d %s%s", exit, out, errs)
	}
	for _, args := range [][]string{{"diff"}, {"diff", "a"}, {"diff", "-", "-"}} {
		if exit, _, _ := call(t, nil, "", args...); exit != exitUsage {
			t.Errorf("%v: exit %d", args, exit)
		}
	}
	if exit, _, errs := call(t, nil, "", "diff", write(t, mock), filepath.Join(t.TempDir(), "gone.yaml")); exit != exitRefused || !strings.Contains(errs, "gone.yaml") {
		t.Errorf("a file that is not there: %d %s", exit, errs)
	}
}

// TestDiffLooksIntoIncludes: a change in an included file is one.
func TestDiffLooksIntoIncludes(t *testing.T) {
	made := func(word string) string {
		folder := t.TempDir()
		for name, text := range map[string]string{
			"config.yaml": "include: [models.yaml]\n", "models.yaml": strings.Replace(mock, "hello", word, 1),
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return filepath.Join(folder, "config.yaml")
	}
	exit, out, errs := call(t, nil, "", "diff", made("hello"), made("good day"))
	if exit != exitGood || !strings.Contains(out, `"hello" → "good day"`) {
		t.Errorf("exit %d: %s%s", exit, out, errs)
	}
}
