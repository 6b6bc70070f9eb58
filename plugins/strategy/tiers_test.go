package strategy

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// ladderOf are candidates of all tiers: a and b are simple, c and d complex, e neither.
func ladderOf() []abi.Candidate {
	candidates := modelled(
		"openai/gpt-4o-mini", "gemini/gemini-2.0-flash", "openai/gpt-4o", "anthropic/claude-3-opus", "gemini/gemini-exp-1206",
	)
	for i, usd := range []float64{0.15, 0.1, 2.5, 15, 1} {
		candidates[i].Price = &abi.Price{Input: usd / 1e6, Output: 4 * usd / 1e6}
	}
	return candidates
}

func onlyThese(all []abi.Candidate, ids string) (some []abi.Candidate) {
	for _, c := range all {
		if strings.Contains(ids, c.ID) {
			some = append(some, c)
		}
	}
	return some
}

func TestTiers(t *testing.T) {
	for _, c := range []struct {
		name       string
		q          abi.Request
		candidates string
		want       string
	}{
		{"easy", abi.Request{}, "abcde", "ab"},
		{"just below a step of an agent", abi.Request{Agentic: 0.349}, "abcde", "ab"},
		{"a step of an agent", abi.Request{Agentic: 0.35}, "abcde", "cd"},
		{"reasoning", abi.Request{Reasoning: true}, "abcde", "cd"},
		{"auto is what it is without a profile", abi.Request{Profile: "auto", Reasoning: true}, "abcde", "cd"},
		{"premium", abi.Request{Profile: "premium"}, "abcde", "cd"},
		{"the profile reasoning", abi.Request{Profile: "reasoning"}, "abcde", "cd"},
		{"eco: the cheapest", abi.Request{Profile: "eco"}, "abcde", "b"},
		{"eco, however hard", abi.Request{Profile: "eco", Agentic: 1, Reasoning: true}, "abcde", "b"},
		{"free, where nothing is: as eco", abi.Request{Profile: "free", Reasoning: true}, "abcde", "b"},
		{"no profile that is known", abi.Request{Profile: "ECO"}, "abcde", "ab"},

		{"no simple one: that of no name", abi.Request{}, "cde", "e"},
		{"none of these: a complex one", abi.Request{}, "cd", "cd"},
		{"no complex one: that of no name", abi.Request{Reasoning: true}, "abe", "e"},
		{"none of these: a simple one", abi.Request{Reasoning: true}, "ab", "ab"},
		{"eco, without a simple one", abi.Request{Profile: "eco"}, "cd", "c"},
		{"one", abi.Request{Profile: "premium"}, "a", "a"},
	} {
		if got := picks(&Tiers{Profile: "auto"}, c.q, onlyThese(ladderOf(), c.candidates)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	if got := picks(&Tiers{Profile: "premium"}, abi.Request{}, ladderOf()); got != "cd" {
		t.Errorf("the argument's profile: got %s", got)
	}
	if got := picks(&Tiers{Profile: "premium"}, abi.Request{Profile: "auto"}, ladderOf()); got != "ab" {
		t.Errorf("the request's goes before it: got %s", got)
	}
}

func TestTiersFree(t *testing.T) {
	asksFree, eco := abi.Request{Profile: "free"}, abi.Request{Profile: "eco"}
	with := func(nothing string) []abi.Candidate {
		all := ladderOf()
		for i := range all {
			if strings.Contains(nothing, all[i].ID) {
				all[i].Price = &abi.Price{}
			}
		}
		return all
	}
	for nothing, want := range map[string]string{"a": "a", "ab": "ab", "d": "d", "cd": "cd", "ce": "e", "ad": "a"} {
		if got := picks(&Tiers{Profile: "auto"}, asksFree, with(nothing)); got != want {
			t.Errorf("%s cost nothing: got %s, want %s", nothing, got, want)
		}
	}
	if got := picks(&Tiers{Profile: "auto"}, abi.Request{}, with("a")); got != "ab" {
		t.Errorf("for other profiles free is as good as any: got %s", got)
	}
	unknown := ladderOf()
	unknown[0].Price = nil
	if got := picks(&Tiers{Profile: "auto"}, asksFree, unknown); got != "b" {
		t.Errorf("what nobody knows is not free: got %s", got)
	}
	unknown[1].Price = nil
	if got := picks(&Tiers{Profile: "auto"}, eco, unknown); got != "ab" {
		t.Errorf("where no price of the tier is known: got %s", got)
	}
	for _, p := range []*abi.Price{nil, {Input: 1e-9}, {Output: 1e-9}, {Reasoning: 1e-9}} {
		if costsNothing(&abi.Deployment{Price: p}) {
			t.Errorf("%+v is free", p)
		}
	}
}

func TestTiersWindow(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile string
		input   int
		windows [5]int
		want    string
	}{
		{"it fits", "auto", 900, [5]int{1001, 1001, 1001, 1001, 1001}, "ab"},
		{"nine tenths are too much: the other tier", "auto", 900, [5]int{1000, 1000, 2000, 2000, 2000}, "cd"},
		{"down, too", "premium", 900, [5]int{2000, 2000, 1000, 1000, 2000}, "ab"},
		{"one of the tier has room", "auto", 900, [5]int{1000, 2000, 2000, 2000, 2000}, "b"},
		{"one of the other tier has room", "auto", 900, [5]int{1000, 1000, 1000, 2000, 2000}, "d"},
		{"none has: it stays, as it was admitted", "auto", 950, [5]int{1000, 1000, 1000, 1000, 2000}, "ab"},
		{"a window that is not stated", "auto", 115_199, [5]int{}, "ab"},
		{"is 128k", "auto", 115_200, [5]int{0, 0, 200_000, 0, 0}, "c"},
		{"eco moves as well, to the cheapest", "eco", 900, [5]int{1000, 1000, 2000, 2000, 2000}, "c"},
	} {
		all := ladderOf()
		for i, window := range c.windows {
			all[i].MaxInputTokens = window
		}
		if got := picks(&Tiers{Profile: c.profile}, abi.Request{InputTokens: c.input}, all); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	// Where there are only simple ones and those of no name, these are what is tried.
	some := onlyThese(ladderOf(), "abe")
	some[0].MaxInputTokens, some[1].MaxInputTokens = 1000, 1000
	if got := picks(&Tiers{Profile: "auto"}, abi.Request{InputTokens: 950}, some); got != "e" {
		t.Errorf("got %s, want e", got)
	}
}

func TestTiersMapping(t *testing.T) {
	s, err := Registry()["routing-profile"].Make(abi.Args{
		tableArg("tier_mapping", "complex", "a gemini/gemini-exp-1206", "simple", "claude-3-opus gpt-4"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := picks(s, abi.Request{}, ladderOf()); got != "bd" { // gpt-4 is not gpt-4o
		t.Errorf("simple are %s, want bd", got)
	}
	if got := picks(s, abi.Request{Reasoning: true}, ladderOf()); got != "ace" {
		t.Errorf("complex are %s, want ace", got)
	}
	_, err = Registry()["routing-profile"].Make(abi.Args{
		tableArg("tier_mapping", "simpel", "a", "strong", "b", "simple", "", "complex", "x y", "complex", "z y"),
	})
	want := []string{
		`tier_mapping: "simpel" is no tier, did you mean simple?`,
		`tier_mapping: "strong" is no tier, expected one of simple, complex`,
		`tier_mapping: simple names no deployment`,
		`tier_mapping: complex stands twice`,
		`tier_mapping: "y" stands in both tiers`,
	}
	if err == nil || !slices.Equal(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("%v, want %s", err, strings.Join(want, "\n"))
	}
	if _, err = Registry()["routing-profile"].Make(abi.Args{{Name: "profile", Text: "cheap"}}); err == nil {
		t.Error("a profile that there is not is taken")
	}
}

// TestTiersByShares: in a tier, shares hold.
func TestTiersByShares(t *testing.T) {
	const n = 20_000
	all := modelled("x/a-mini", "x/b-mini", "x/c-mini", "x/d-pro")
	even(t, counted(&Tiers{Profile: "auto"}, abi.Request{}, all, n), n, 3)
	all[0].Share, all[2].Share = 1, 1
	even(t, counted(&Tiers{Profile: "auto"}, abi.Request{}, all, n), n, 2)
	even(t, counted(&Tiers{Profile: "eco"}, abi.Request{}, all, n), n, 3)
}

// BenchmarkTiers also says what a decision allocates.
func BenchmarkTiers(b *testing.B) {
	for _, profile := range []string{"auto", "eco", "free"} {
		for _, n := range []int{10, 100, 1000} {
			b.Run(profile+"/"+strconv.Itoa(n), func(b *testing.B) {
				s := &Tiers{Profile: profile, Complex: []string{"gemini-1.5-pro", "d5"}}
				candidates, q := manyCandidates(n), abi.Request{InputTokens: 1000, Seed: 7}
				b.ReportAllocs()
				for b.Loop() {
					s.Pick(&q, candidates)
				}
			})
		}
	}
}
