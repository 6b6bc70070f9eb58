package conformance

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func scenario(name, config string) *Scenario {
	return &Scenario{Name: name, Config: []byte(config), Env: map[string]string{}}
}

func TestJoin(t *testing.T) {
	const rest = "breaker: {enabled: false}\n"
	first := scenario("first", `model_list:
  - {model_name: m, litellm_params: {model: openai/x, api_base: "{{a}}/v1", api_version: 2024-02-01}, model_info: {id: m-a}}
router_settings: {fallbacks: [{m: [m]}], model_group_alias: {alias: m}}
`+rest)
	second := scenario("second", `model_list:
  - {model_name: n, litellm_params: {model: openai/x, api_base: "{{a}}/v1"}, model_info: {id: n-a}}
`+rest)
	for _, c := range []struct {
		name  string
		all   []*Scenario
		packs int
	}{
		{"what differs in deployments alone", []*Scenario{first, second}, 1},
		{"another rest", []*Scenario{first, scenario("other", "model_list: [{model_name: o}]\n")}, 2},
		{"the same group", []*Scenario{first, scenario("other", "model_list: [{model_name: m}]\n"+rest)}, 2},
		{"the same id", []*Scenario{first, scenario("other", "model_list: [{model_name: o, model_info: {id: m-a}}]\n"+rest)}, 2},
		{"a pattern", []*Scenario{first, scenario("other", "model_list: [{model_name: 'o*'}]\n"+rest)}, 2},
		{"alone", []*Scenario{first, {Name: "other", Alone: true, Config: second.Config}}, 2},
		{"another environment", []*Scenario{
			{Name: "x", Config: []byte("model_list: [{model_name: x}]\n"), Env: map[string]string{"N": "1"}},
			{Name: "y", Config: []byte("model_list: [{model_name: y}]\n"), Env: map[string]string{"N": "2"}},
		}, 2},
	} {
		packs, err := join(c.all, nil)
		if err != nil || len(packs) != c.packs {
			t.Errorf("%s: %d packs, %v; want %d", c.name, len(packs), err, c.packs)
		}
	}
	packs, err := join([]*Scenario{first, second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Models []struct {
			Name   string `yaml:"model_name"`
			Params struct {
				Base string `yaml:"api_base"`
			} `yaml:"litellm_params"`
		} `yaml:"model_list"`
		Router struct {
			Fallbacks []any          `yaml:"fallbacks"`
			Aliases   map[string]any `yaml:"model_group_alias"`
		} `yaml:"router_settings"`
		Breaker map[string]any `yaml:"breaker"`
	}
	if err := yaml.Unmarshal(packs[0].config, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Models) != 2 || got.Models[0].Params.Base != "{{first/a}}/v1" || got.Models[1].Params.Base != "{{second/a}}/v1" {
		t.Errorf("the models are %+v", got.Models)
	}
	if len(got.Router.Fallbacks) != 1 || got.Router.Aliases["alias"] != "m" || got.Breaker["enabled"] != false {
		t.Errorf("the rest is %+v, %+v", got.Router, got.Breaker)
	}
	if !strings.Contains(string(packs[0].config), "2024-02-01") || strings.Contains(string(packs[0].config), "T00:00") {
		t.Errorf("a version that looks like a date was rewritten:\n%s", packs[0].config)
	}
}

func TestJoinRefuses(t *testing.T) {
	for _, config := range []string{"- a list\n", "router_settings: {}\n", "model_list: [\n"} {
		if _, err := join([]*Scenario{scenario("bad", config)}, nil); err == nil || !strings.Contains(err.Error(), "scenario bad") {
			t.Errorf("%q: got %v", config, err)
		}
	}
}
