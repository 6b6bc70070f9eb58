package strategy

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/strategy/pattern/compile"
)

// tableArg makes rows of keys and the names they stand for, in turn; names are divided by spaces.
func tableArg(name string, rows ...string) abi.Arg {
	a := abi.Arg{Name: name}
	for i := 0; i < len(rows); i += 2 {
		row := abi.Row{Key: rows[i], Values: strings.Fields(rows[i+1])}
		if name == regexRows {
			row.Program, _ = compile.Compile(row.Key) // what is no expression has no program, and is refused for that
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

// modelled makes candidates "a", "b", … of provider/model.
func modelled(models ...string) []abi.Candidate {
	candidates := of(make([]abi.Signals, len(models))...)
	for i := range models {
		candidates[i].Provider, candidates[i].Model, _ = strings.Cut(models[i], "/")
	}
	return candidates
}

func TestTagRegexUA(t *testing.T) {
	s, err := Registry()["llmrouter-tag-regex-ua"].Make(abi.Args{
		tableArg(tagRows, "gold", "a", "silver", "gpt-4o-mini", "both", "a anthropic/claude-3-5-sonnet", "gone", "z", "gpt", "gpt-4"),
		tableArg(regexRows, "^team-[0-9]+$", "b", `^User-Agent: claude-code\/`, "c", "^team", "d", "^User-Agent: $", "a"),
		tableArg(agentRows, "Curl", "d", "code", "a"),
	})
	if err != nil {
		t.Fatal(err)
	}
	all := modelled("openai/gpt-4o", "openai/gpt-4o-mini", "anthropic/claude-3-5-sonnet", "gemini/gemini-pro")
	for _, c := range []struct {
		name  string
		tags  string
		agent string
		want  string
	}{
		{"a tag", "gold", "", "a"},
		{"a tag for an upstream model", "silver", "", "b"},
		{"a tag for several", "both", "", "ac"},
		{"of two tags the configuration's first", "silver gold", "", "a"},
		{"a tag goes before an expression", "team-1 gold", "claude-code/1", "a"},
		{"an expression for a tag", "team-17", "", "b"},
		{"the second expression, where the first does not match all of it", "team-x", "", "d"},
		{"an expression for the user agent", "", "claude-code/1.0", "c"},
		{"the first expression goes before the second", "team-1", "claude-code/1", "b"},
		{"an expression goes before a part of the user agent", "", "claude-code/1 curl", "c"},
		{"a part of the user agent, in any letters", "", "My-CURL/8", "d"},
		{"the first part", "", "code curl", "d"},
		{"the second part", "", "vscode", "a"},
		{"nothing holds", "other", "python-requests/2", "abcd"},
		{"nothing is said", "", "", "abcd"},
		{"a tag is a whole word", "golden", "", "abcd"},
		{"and as it is written", "Gold", "", "abcd"},
		{"none that is named is a candidate, and no later rule is asked", "gone", "curl", "abcd"},
		{"a part of a model's name is no name", "gpt", "", "abcd"},
	} {
		q := abi.Request{Tags: strings.Fields(c.tags), UserAgent: c.agent}
		if got := picks(s, q, all); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	if got := picks(s, abi.Request{Tags: []string{"both"}}, all[1:]); got != "c" {
		t.Errorf("with a gone: got %s, want c", got)
	}
	if got := picks(s, abi.Request{Tags: []string{"gold"}}, all[3:]); got != "d" {
		t.Errorf("a single candidate: got %s", got)
	}
}

// TestTagRegexUAByShares: within a rule and without one, shares hold.
func TestTagRegexUAByShares(t *testing.T) {
	s, err := Registry()["llmrouter-tag-regex-ua"].Make(abi.Args{tableArg(tagRows, "gold", "a b c")})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20_000
	candidates := modelled("x/1", "x/2", "x/3", "x/4")
	even(t, counted(s, abi.Request{Tags: []string{"gold"}}, candidates, n), n, 3)
	even(t, counted(s, abi.Request{}, candidates, n), n, 4)
	candidates[0].Share, candidates[2].Share, candidates[3].Share = 1, 1, 9
	even(t, counted(s, abi.Request{Tags: []string{"gold"}}, candidates, n), n, 2)
}

// TestTagRegexUAWithoutRules: it is simple-shuffle.
func TestTagRegexUAWithoutRules(t *testing.T) {
	s, err := Registry()["llmrouter-tag-regex-ua"].Make(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := picks(s, abi.Request{Tags: []string{"x"}, UserAgent: "curl"}, modelled("x/1", "x/2")); got != "ab" {
		t.Errorf("got %s", got)
	}
}

func TestTagRegexUARefuses(t *testing.T) {
	_, err := Registry()["llmrouter-tag-regex-ua"].Make(abi.Args{
		tableArg(tagRows, "", "a", "gold", ""), tableArg(regexRows, "team-(", "a", "fine", "a", "", "a"), tableArg(agentRows, "(", "a", "", "a"),
	})
	want := []string{
		`tag_model_groups: "" is empty`,
		`tag_model_groups: "gold" names no deployment`,
		`regex_model_groups: "team-(" is no compiled expression: it has the wrong length`,
		`regex_model_groups: "" is empty`,
		`user_agent_model_groups: "" is empty`,
	}
	if err == nil || !slices.Equal(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("%v, want %s", err, strings.Join(want, "\n"))
	}
}

func BenchmarkTagRegexUA(b *testing.B) {
	s := made(b, "llmrouter-tag-regex-ua")
	for _, n := range []int{10, 100, 1000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			candidates, q := manyCandidates(n), abi.Request{UserAgent: "curl/8.5.0", Seed: 7}
			b.ReportAllocs()
			for b.Loop() {
				s.Pick(&q, candidates)
			}
		})
	}
}

// TestCurl: the example's program is its expression's.
func TestCurl(t *testing.T) {
	if want, err := compile.Compile("curl"); err != nil || !slices.Equal(curl, want) {
		t.Errorf("it is %v, %v", want, err)
	}
}
