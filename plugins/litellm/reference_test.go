package litellm

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// The configurations beside the checkout have the shapes people really use; their README says what each must give.
const reference = "../../../shared/reference/litellm-configs"

func compileReference(t *testing.T, name string, env map[string]string) *Compiled {
	t.Helper()
	c, err := Compile(Source{
		Path: filepath.Join(reference, name), Read: os.ReadFile,
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	if err != nil {
		t.Fatalf("%s is refused:\n%v", name, err)
	}
	reads(t, c)
	return c
}

func group(t *testing.T, c *Compiled, name string) abi.ModelGroup {
	t.Helper()
	for _, g := range c.Config.Groups {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no group %q", name)
	return abi.ModelGroup{}
}

// warned returns the warnings with text in them.
func warned(c *Compiled, text string) []Problem {
	var found []Problem
	for _, w := range c.Warnings {
		if strings.Contains(w.String(), text) {
			found = append(found, w)
		}
	}
	return found
}

// wantWarnings checks that each path is warned of exactly once and with its line.
func wantWarnings(t *testing.T, c *Compiled, lines map[string]int) {
	t.Helper()
	for path, line := range lines {
		n := 0
		for _, w := range c.Warnings {
			if w.Path == path {
				n++
				if w.Line != line {
					t.Errorf("%s is warned of on line %d, expected %d", path, w.Line, line)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s is warned of %d times, expected once; warnings:\n%v", path, n, Problems(c.Warnings))
		}
	}
}

func TestReferenceOldStyle(t *testing.T) {
	c := compileReference(t, "old-style.yaml", map[string]string{"OPENROUTER_API_KEY": "k"})
	chat := group(t, c, "chat")
	var shares []float64
	for _, d := range chat.Deployments {
		shares = append(shares, d.Share)
	}
	if len(shares) != 3 || shares[0] != 3 || shares[1] != 9 || shares[2] != 0 {
		t.Errorf("chat is shared %v, expected 3 : 9 : 0 by rpm", shares)
	}
	if p := chat.Deployments[0].Provider; p != "openai" {
		t.Errorf("gpt-4o-mini is of %q, expected openai", p)
	}
	long := group(t, c, "long").Deployments[0]
	if long.Provider != "anthropic" || len(long.Paths) != 1 || long.Paths[0] != (abi.APIPath{API: abi.APIMessages, Path: "/v1/messages"}) {
		t.Errorf("claude-sonnet-4-20250514 became %+v", long)
	}
	if long.Unconfigured != "ANTHROPIC_API_KEY is not set" {
		t.Errorf("the deployment without its key is unconfigured as %q", long.Unconfigured)
	}
	if chat.Retries != 3 || chat.Deployments[0].TimeoutMS != 10_000 || len(chat.Fallbacks) != 1 || chat.Fallbacks[0] != "long" {
		t.Errorf("litellm_settings do not count: %+v", chat)
	}
	if c.Config.Breaker.FailureThreshold != 4 {
		t.Errorf("allowed_fails 3 opens with %d failures, expected 4", c.Config.Breaker.FailureThreshold)
	}
	if len(chat.ContextFallbacks) != 1 || chat.ContextFallbacks[0] != "long" || len(chat.ContentFallbacks) != 0 {
		t.Errorf("an input that is too long falls back to %v, a refused one to %v", chat.ContextFallbacks, chat.ContentFallbacks)
	}
	if d := chat.Deployments[1]; d.RPM != 9 || d.TPM != 20_000 || d.MaxParallel != 0 {
		t.Errorf("the limits are %+v", d)
	}
	wantWarnings(t, c, map[string]int{"litellm_settings.drop_params": 16})
	if len(warned(c, "ANTHROPIC_API_KEY")) != 1 {
		t.Error("the missing key is not warned of once")
	}
	if len(c.StrictProblems()) != 1 || c.StrictProblems()[0].Line != 13 {
		t.Errorf("strict problems are %v", c.StrictProblems())
	}
}

func TestReferenceWildcards(t *testing.T) {
	env := map[string]string{"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "GROQ_API_KEY": "k"}
	c := compileReference(t, "wildcards.yaml", env)
	for name, want := range map[string][2]string{
		"*": {"openai", "*"}, "anthropic/*": {"anthropic", "*"}, "groq/llama-*": {"groq", "llama-*"}, "gpt-4o": {"openai", "gpt-4o"},
	} {
		if d := group(t, c, name).Deployments[0]; d.Provider != want[0] || d.Model != want[1] || d.Unconfigured != "" {
			t.Errorf("%s became %+v, expected %v", name, d, want)
		}
	}
	if len(c.Config.ClientKeys) != 1 || len(c.Warnings) != 0 {
		t.Errorf("keys %v, warnings %v", c.Config.ClientKeys, c.Warnings)
	}
}

func TestReferenceAzure(t *testing.T) {
	c := compileReference(t, "azure.yaml", nil)
	chat := group(t, c, "chat")
	if !reflect.DeepEqual(chat.Strategy, abi.StrategyRef{Name: "usage-based-routing-v2"}) {
		t.Errorf("the strategy is %+v", chat.Strategy)
	}
	a, b := chat.Deployments[0], chat.Deployments[1]
	if a.Share != 80_000 || b.Share != 1_600_000 || b.TimeoutMS != 300_000 || b.StreamTimeoutMS != 500 {
		t.Errorf("chat became %+v and %+v", a, b)
	}
	for _, p := range b.Paths {
		if p.API == abi.APIChat && p.Path != "/openai/deployments/{model}/chat/completions?api-version=2024-02-01" {
			t.Errorf("the version that looks like a date became %q", p.Path)
		}
	}
	if a.Authority != "canada.example.openai.azure.com" {
		t.Errorf("the authority is %q", a.Authority)
	}
	if embed := group(t, c, "embed").Deployments[0]; len(embed.Paths) != 1 || embed.Paths[0].API != abi.APIEmbeddings {
		t.Errorf("mode embedding leaves %v", embed.Paths)
	}
	wantWarnings(t, c, map[string]int{
		"router_settings.redis_host": 9, "router_settings.redis_port": 9,
	})
	if len(warned(c, "state is kept per proxy")) == 0 {
		t.Error("nothing says that state is per proxy")
	}
}

func TestReferenceSideBlocks(t *testing.T) {
	c := compileReference(t, "side-blocks.yaml", nil)
	fake := group(t, c, "fake")
	if len(fake.Deployments) != 2 || fake.Deployments[0].ID != "team-a" || fake.Deployments[1].ID != "team-b" || fake.Deployments[1].Lacks != nil {
		t.Errorf("fake became %+v", fake)
	}
	for _, name := range []string{"rerank", "image", "batch"} {
		if d := group(t, c, name).Deployments[0]; d.Unconfigured == "" {
			t.Errorf("%s can be chosen: %+v", name, d)
		}
	}
	wantAliases := []abi.Alias{{Name: "my-alias", Group: "fake"}, {Name: "hidden-alias", Group: "fake", Hidden: true}}
	if len(c.Config.Aliases) != 2 || c.Config.Aliases[0] != wantAliases[0] || c.Config.Aliases[1] != wantAliases[1] {
		t.Errorf("aliases are %+v", c.Config.Aliases)
	}
	if len(c.Config.ClientKeys) != 1 {
		t.Error("the master key is lost")
	}
	wantWarnings(t, c, map[string]int{
		"guardrails": 13, "finetune_settings": 15, "files_settings": 16,
		"litellm_settings.cache": 12, "litellm_settings.cache_params": 12, "litellm_settings.callbacks": 12, "litellm_settings.success_callback": 12,
		"litellm_settings.telemetry": 12, "litellm_settings.default_team_settings": 12,
		"general_settings.store_model_in_db":              20,
		"general_settings.database_connection_pool_limit": 21, "general_settings.pass_through_endpoints": 22,
		"model_list[1].model_info.health_check_timeout": 8,
		"model_list[2].litellm_params.model":            9, "model_list[3].litellm_params.model": 10, "model_list[4].litellm_params.model": 11,
	})
}

func TestReferenceMutualFallbacks(t *testing.T) {
	c := compileReference(t, "mutual-fallbacks.yaml", map[string]string{"A_KEY": "k", "B_KEY": "k"})
	a, b, own := group(t, c, "a"), group(t, c, "b"), group(t, c, "c")
	if d := a.Deployments[0]; d.Provider != "siliconflow" || d.Model != "deepseek-ai/DeepSeek-R1" || d.Unconfigured != "" {
		t.Errorf("a became %+v", d)
	}
	if d := b.Deployments[0]; d.Paths[0].Path != "/api/paas/v4/chat/completions" {
		t.Errorf("b is called at %v", d.Paths)
	}
	if d := own.Deployments[0]; d.Credential != "" || d.Paths[0].Path != "/v1/chat/completions" || d.Breaker == nil ||
		d.Breaker.FailureThreshold != 2 || d.Breaker.OpenMS != 60_000 {
		t.Errorf("c became %+v", d)
	}
	if len(a.Fallbacks) != 2 || a.Fallbacks[0] != "b" || a.Fallbacks[1] != "c" || b.Fallbacks[0] != "a" || own.Fallbacks[1] != "b" {
		t.Errorf("fallbacks are %v, %v, %v", a.Fallbacks, b.Fallbacks, own.Fallbacks)
	}
	if a.Retries != 3 || a.Deployments[0].TimeoutMS != 60_000 || a.Strategy.Name != "latency-based-routing" {
		t.Errorf("a became %+v", a)
	}
	if c.Listen != (Listen{Host: "127.0.0.1", Port: 4000}) {
		t.Errorf("listens on %+v", c.Listen)
	}
}

func TestReferenceIncluded(t *testing.T) {
	c := compileReference(t, "included.yaml", map[string]string{"OPENAI_API_KEY": "k"})
	if g := group(t, c, "chat"); len(g.Deployments) != 1 || g.Strategy.Name != "simple-shuffle" || len(c.Warnings) != 0 {
		t.Errorf("chat became %+v, warnings %v", g, c.Warnings)
	}
}
