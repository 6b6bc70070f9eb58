package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestJoinLine: what stands in a line shares an engine, with the settings of all, and with nobody else.
func TestJoinLine(t *testing.T) {
	all := []*Scenario{
		scenario("a", "model_list: [{model_name: a}]\nrouter_settings: {num_retries: 1, fallbacks: [{a: [a]}], content_policy_fallbacks: [{a: [a]}]}\nbreaker: {groups: {a: {}}}\n"),
		scenario("b", "model_list: [{model_name: 'b*'}]\nrouter_settings: {num_retries: 1, retry_after: 2, fallbacks: [{b: [b]}], content_policy_fallbacks: [{b: [b]}]}\nbreaker: {groups: {b: {}}}\n"),
		scenario("c", "model_list: [{model_name: c}]\n"),
		scenario("d", "model_list: [{model_name: d}]\n"),
	}
	packs, err := join(all, [][]string{{"b", "a", "c"}})
	if err != nil || len(packs) != 2 || len(packs[0].scenarios) != 3 || packs[1].scenarios[0].Name != "d" {
		t.Fatalf("%d packs, %v", len(packs), err)
	}
	var got struct {
		Models []any `yaml:"model_list"`
		Router struct {
			Retries   int   `yaml:"num_retries"`
			After     int   `yaml:"retry_after"`
			Fallbacks []any `yaml:"fallbacks"`
			Content   []any `yaml:"content_policy_fallbacks"`
		} `yaml:"router_settings"`
		Breaker struct{ Groups map[string]any } `yaml:"breaker"`
	}
	if err := yaml.Unmarshal(packs[0].config, &got); err != nil {
		t.Fatal(err)
	}
	r := got.Router
	if len(got.Models) != 3 || r.Retries != 1 || r.After != 2 || len(r.Fallbacks) != 2 || len(r.Content) != 2 || len(got.Breaker.Groups) != 2 {
		t.Errorf("joined:\n%s", packs[0].config)
	}
	if packs, err = join(all[2:], [][]string{{"a", "b"}, {"c", "b"}}); err != nil || len(packs) != 2 { // of a run of some
		t.Errorf("of two: %d packs, %v", len(packs), err)
	}
}

func TestJoinLineRefuses(t *testing.T) {
	const one = "model_list: [{model_name: a}]\nrouter_settings: {num_retries: 1, default_fallbacks: {x: y}}\nbreaker: {enabled: true}\n"
	for config, want := range map[string]string{
		"model_list: [{model_name: b}]\nrouter_settings: {num_retries: 2}\n":         "router_settings: num_retries: is another",
		"model_list: [{model_name: b}]\nbreaker: 5\n":                                "breaker: is another",
		"model_list: [{model_name: b}]\nrouter_settings: {default_fallbacks: [x]}\n": "default_fallbacks: is another",
		"model_list: [{model_name: a}]\n":                                            "names something as another",
		"model_list: [{model_name: a, model_info: {id: x}}]\nlimits: {x: 1}\n":       "names something as another",
		"router_settings: {}\n":                                                      "no model_list",
	} {
		_, err := join([]*Scenario{scenario("one", one), scenario("two", config)}, [][]string{{"one", "two"}})
		if err == nil || !strings.Contains(err.Error(), "scenario two") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", config, err, want)
		}
	}
}

func TestReadJoined(t *testing.T) {
	scenarios := []*Scenario{{Name: "a"}, {Name: "b"}, {Name: "c", Alone: true}}
	file := filepath.Join(t.TempDir(), "joined.txt")
	for text, want := range map[string]string{
		"# a b\n\na b\n": "", "a none\n": `no scenario "none"`, "a b\nb\n": "b stands twice", "a c\n": "c says alone",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		lines, err := ReadJoined(file, scenarios)
		if want == "" && (err != nil || len(lines) != 1 || len(lines[0]) != 2) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, %v", text, lines, err)
		}
	}
	if _, err := ReadJoined(file+"x", scenarios); err == nil {
		t.Error("of no file")
	}
}
