package litellm

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/routeiq/routeiq/plugins/provider"
	"github.com/routeiq/routeiq/plugins/strategy"
)

const document = "../../docs/config.md"

// TestDocument compares the tables in docs/config.md with the code's; -update writes them. A table stands between
// <!-- table NAME --> and <!-- end -->.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	tables := map[string]string{"providers": providerTable(), "strategies": strategyTable(), "resilience": resilienceTable()}
	for _, b := range Blocks {
		tables[blockTitle(b)] = keyTable(b)
	}
	for name, want := range tables {
		begin, end := "<!-- table "+name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(got, begin)
		if !ok || strings.Contains(rest, begin) {
			t.Errorf("%s has no table %q, or two", document, name)
			continue
		}
		table, after, ok := strings.Cut(rest, end)
		if !ok {
			t.Fatalf("%s: the table %q does not end", document, name)
		}
		if *update {
			got = before + begin + want + end + after
		} else if table != want {
			t.Errorf("%s: the table %q is not the code's; go test ./plugins/litellm -run TestDocument -update writes it", document, name)
		}
	}
	if n := strings.Count(got, "<!-- table "); n != len(tables) {
		t.Errorf("%s has %d tables, the code %d", document, n, len(tables))
	}
	if *update {
		if err := os.WriteFile(document, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDocumentVariables checks that the document names every variable of ours and of LiteLLM that is read for all.
func TestDocumentVariables(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"LITELLM_MASTER_KEY", "LITELLM_HOST", "LITELLM_PORT", "LITELLM_CONFIG_PATH", "AZURE_API_VERSION"}
	for _, f := range breakerFields {
		names = append(names, breakerPrefix+f.name, breakerPrefix+"NAME_"+f.name)
	}
	names = append(names, breakerSwitch, minModelsVariable, concurrencyVariable, strategyVariable)
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("%s does not name %s", document, name)
		}
	}
}

func blockTitle(b *Block) string {
	if b.Name == "" {
		return "top level"
	}
	return b.Name
}

// keyTable writes a block's keys, those of one state and note in one row.
func keyTable(b *Block) string {
	var out strings.Builder
	out.WriteString("| key | state | note |\n|---|---|---|\n")
	for i := 0; i < len(b.Keys); {
		k := b.Keys[i]
		var names []string
		for ; i < len(b.Keys) && b.Keys[i].State == k.State && b.Keys[i].Note == k.Note; i++ {
			names = append(names, "`"+b.Keys[i].Name+"`")
		}
		out.WriteString("| " + strings.Join(names, ", ") + " | " + string(k.State) + " | " + k.Note + " |\n")
	}
	return out.String()
}

func providerTable() string {
	var out strings.Builder
	out.WriteString("| prefix | address without api_base | key without api_key | APIs |\n|---|---|---|---|\n")
	var unusable []string
	for _, p := range provider.Table {
		if p.Unusable != "" {
			unusable = append(unusable, "`"+p.Name+"`")
			continue
		}
		base := p.Base
		if base == "" {
			base = "needed"
		}
		for _, name := range p.BaseEnv {
			base += ", `" + name + "`"
		}
		key := "needed"
		if p.Keyless {
			key = "none"
		}
		for _, name := range p.KeyEnv {
			key += ", `" + name + "`"
		}
		if !p.Keyless {
			key = strings.TrimPrefix(key, "needed, ")
		}
		var apis []string
		for _, api := range p.APIs {
			apis = append(apis, string(api))
		}
		out.WriteString("| `" + p.Name + "` | " + base + " | " + key + " | " + strings.Join(apis, ", ") + " |\n")
	}
	out.WriteString("\nKnown, and not usable yet: " + strings.Join(unusable, ", ") + ".\n")
	return out.String()
}

func strategyTable() string {
	built := slices.Sorted(maps.Keys(strategy.Registry()))
	return "Built: `" + strings.Join(built, "`, `") + "`. Run as `simple-shuffle`: `" + strings.Join(litellmStrategies, "`, `") + "`.\n"
}

func TestTables(t *testing.T) {
	for _, b := range Blocks {
		seen := map[string]bool{}
		for _, k := range b.Keys {
			if seen[k.Name] {
				t.Errorf("%s: %s stands twice", blockTitle(b), k.Name)
			}
			seen[k.Name] = true
			if b.find(k.Name) == nil {
				t.Errorf("%s: %s is not found", blockTitle(b), k.Name)
			}
			if k.State == Differs && k.Note == "" {
				t.Errorf("%s: %s is applied differently, and nothing says how", blockTitle(b), k.Name)
			}
			if strings.ContainsAny(k.Name, ",:|`") || !utf8.ValidString(k.Note) || strings.Contains(k.Note, "|") {
				t.Errorf("%s: %s or its note would break the document's table", blockTitle(b), k.Name)
			}
		}
	}
}

// TestAppliedKeysAreRead finds keys that the tables call applied and the code does not know: it compiles a
// configuration in which each of them alone has a wrong type, which must be refused.
func TestAppliedKeysAreRead(t *testing.T) {
	wrap := map[string]string{
		"": "%s", "model_list[]": "", "litellm_params": "", "model_info": "", "router_settings": "router_settings: {%s}", "litellm_settings": "litellm_settings: {%s}",
		"general_settings": "general_settings: {%s}", "breaker": "breaker: {%s}", "limits": "limits: {%s}", "answer": "answer: {%s}",
		"breaker.groups": "breaker: {groups: {a: {%s}}}", "model_info.breaker": "", "retry": "retry: {%s}", "health": "health: {%s}",
		"routing": "routing: {%s}", "routing.groups": "routing: {groups: {a: {%s}}}", "affinity": "routing: {affinity: {%s}}",
		"shadow":            "routing: {groups: {a: {shadow: {routing_strategy: routing-profile, %s}}}}",
		"routing.artifacts": "routing: {artifacts: {%s}}", "routing.encoder": "routing: {encoder: {id: e, api_base: 'http://h', %s}}",
		"provider_budget_config": "router_settings: {provider_budget_config: {openai: {%s}}}", "allowed_fails_policy": "router_settings: {allowed_fails_policy: {%s}}", "retry_policy": "router_settings: {retry_policy: {%s}}",
	}
	const list = "model_list: [{model_name: a%s, litellm_params: {model: openai/a, api_key: sk-x%s}, model_info: {id: a%s}}]\n"
	fill := func(entry, params, info, rest string) string {
		return strings.Replace(strings.Replace(strings.Replace(list, "%s", entry, 1), "%s", params, 1), "%s", info, 1) + rest
	}
	for _, b := range Blocks {
		for _, k := range b.Keys {
			if k.State == Later {
				continue
			}
			for _, skip := range []string{"model_list", "model_name", "litellm_params", "model", "api_key", "id"} { // in every configuration of this test; the goldens refuse them
				if k.Name == skip {
					k.Name = ""
				}
			}
			if k.Name == "" {
				continue
			}
			wrong := k.Name + ": [[1], {a: 1}]"
			if strings.Contains("fallbacks default_fallbacks include", k.Name) {
				wrong = k.Name + ": {a: {b: 1}}"
			}
			var text string
			switch b.Name {
			case "model_list[]":
				if k.Name == "model_info" {
					text = "model_list: [{model_name: a, litellm_params: {model: openai/a, api_key: sk-x}, model_info: [1]}]"
				} else {
					text = fill(", "+wrong, "", "", "")
				}
			case "litellm_params":
				text = fill("", ", "+wrong, "", "")
				if k.Name == "api_version" || k.Name == "azure_ad_token" {
					text = "model_list: [{model_name: a, litellm_params: {model: azure/a, api_base: 'https://h', " + wrong + "}}]"
				}
			case "model_info":
				text = fill("", "", ", "+wrong, "")
			case "model_info.breaker":
				text = fill("", "", ", breaker: {"+wrong+"}", "")
			default:
				text = fill("", "", "", strings.Replace(wrap[b.Name], "%s", wrong, 1))
			}
			_, err := Compile(Source{
				Path: "config.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil },
				Getenv: func(string) (string, bool) { return "", false },
			})
			if err == nil {
				t.Errorf("%s: %s is called %s, and a value of a wrong type is taken:\n%s", blockTitle(b), k.Name, k.State, text)
			} else if !strings.Contains(err.Error(), k.Name) {
				t.Errorf("%s: %s of a wrong type is refused for something else: %v", blockTitle(b), k.Name, err)
			}
		}
	}
}
