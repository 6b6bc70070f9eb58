package dryrun

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/host/vm/vmtest"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/publish"
)

// publication compiles a configuration.
func publication(t *testing.T, text string) *publish.Publication {
	t.Helper()
	c, err := litellm.Compile(litellm.Source{Path: "c.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil },
		Getenv: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	return &publish.Publication{Revision: c.Config.Revision, Config: c.Config, Clusters: c.Clusters, Credentials: c.Credentials}
}

// changesOf compares two publications; nil is none.
func changesOf(before, after *publish.Publication) *diff.Result {
	old := diff.Compiled(nil, nil, nil)
	if before != nil {
		old = diff.Compiled(&before.Config, before.Clusters, before.Credentials)
	}
	return diff.Between(old, diff.Compiled(&after.Config, after.Clusters, after.Credentials))
}

// newDryRun makes one with the real module.
func newDryRun(t *testing.T) *DryRun {
	t.Helper()
	d := New(host.Options{Wasm: vmtest.Build(t, "../../../../plugins/cmd/routeiq"), CacheDir: t.TempDir()})
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

const many = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/m, api_key: sk-planted, rpm: 1}}
  - {model_name: chat, litellm_params: {model: anthropic/claude, api_key: sk-planted}}
  - {model_name: "openai/*", litellm_params: {model: "openai/*", api_key: sk-planted}}
  - {model_name: "openai/probe-*", litellm_params: {model: "openai/*", api_key: sk-planted}}
  - {model_name: mock, litellm_params: {model: openai/m, mock_response: hello}}
  - {model_name: nobody, litellm_params: {model: openai/m, api_key: os.environ/NOT_SET}}
  - {model_name: vectors, litellm_params: {model: openai/text-embedding-3-small, api_key: sk-planted}, model_info: {mode: embedding}}
  - {model_name: weird "name" ü, litellm_params: {model: bedrock/anthropic.claude, aws_region_name: eu-west-1, mock_response: hello}}
router_settings: {fallbacks: [{chat: [mock]}], model_group_alias: {other: chat}}
general_settings: {master_key: sk-planted-master}
`

// TestDryRun: a document the module takes passes, with one that it does not, nothing is lost.
func TestDryRun(t *testing.T) {
	d := newDryRun(t)
	good := publication(t, many)
	for range 2 { // limits are of no matter: a group of one request a minute can be asked again
		if err := d.Try(t.Context(), good, changesOf(nil, good)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*abi.Config)
		want   string
	}{
		{"a version of the future", func(c *abi.Config) { c.Version = 99 }, "99"},
		{"a strategy it has not", func(c *abi.Config) { c.Groups[0].Strategy.Name = "no-such-strategy" }, "no-such-strategy"},
		{"a group without deployments", func(c *abi.Config) { c.Groups[0].Deployments = nil }, "groups[0].deployments"},
		{"an id twice", func(c *abi.Config) { c.Groups[1].Deployments[0].ID = c.Groups[0].Deployments[0].ID }, good.Config.Groups[0].Deployments[0].ID},
	} {
		bad := publication(t, many)
		c.change(&bad.Config)
		err := d.Try(t.Context(), bad, changesOf(good, bad))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := d.Try(t.Context(), good, changesOf(nil, good)); err != nil {
		t.Errorf("after those that were refused: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := d.Try(ctx, good, changesOf(nil, good)); err == nil {
		t.Error("it goes on without end")
	}
}

// TestWrongDecisions: what makes a group fail.
func TestWrongDecisions(t *testing.T) {
	for _, c := range []struct {
		line  decided
		group string
		wrong bool
	}{
		{decided{Group: "a", Attempts: make([]attempt, 1)}, "a", false},
		{decided{Group: "a", Attempts: make([]attempt, 1)}, "b", true},
		{decided{Group: "a", Attempts: make([]attempt, 1)}, "b*", false},
		{decided{Group: "a", Refused: "no_deployment_configured"}, "a", false},
		{decided{Group: "a", Refused: "model_not_found"}, "a", true},
		{decided{Group: "a"}, "a", true},
		{decided{Lost: "vm"}, "a", true},
	} {
		if why := c.line.wrong(&abi.ModelGroup{Name: c.group}); (why != "") != c.wrong {
			t.Errorf("%+v of %s: %q", c.line, c.group, why)
		}
	}
}

// TestDryRunAsksWhatChanged: groups that a change does not touch are not asked again.
func TestDryRunAsksWhatChanged(t *testing.T) {
	before := publication(t, many)
	for _, c := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a deployment", "rpm: 1", "rpm: 2", []string{"chat"}},
		{"one comes", "model_list:", "model_list:\n  - {model_name: new, litellm_params: {model: openai/m, mock_response: hello}}", []string{"new"}},
		{"a group's fallbacks", "{chat: [mock]}", "{mock: [chat]}", []string{"chat", "mock"}},
		{"a setting of all", "general_settings:", "limits: {max_body_bytes: 10000}\ngeneral_settings:", []string{"all"}},
	} {
		after := publication(t, strings.Replace(many, c.old, c.new, 1))
		got := changed(after.Config.Groups, changesOf(before, after))
		if len(c.want) == 1 && c.want[0] == "all" {
			if len(got) != len(after.Config.Groups) {
				t.Errorf("%s: %d groups", c.name, len(got))
			}
			continue
		}
		var names []string
		for _, g := range got {
			names = append(names, g.Name)
		}
		if len(names) != len(c.want) {
			t.Errorf("%s: %v", c.name, names)
		}
		for _, name := range c.want {
			if !strings.Contains(fmt.Sprint(names), name) {
				t.Errorf("%s: %v", c.name, names)
			}
		}
	}
}

// TestDryRunIsQuick: of 10,000 deployments, a change of one takes a small part of the three seconds it may take to be active.
func TestDryRunIsQuick(t *testing.T) {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "  - {model_name: m%d, model_info: {id: d%d}, litellm_params: {model: openai/m, api_key: sk-%d, rpm: 7}}\n", i/5, i, i)
	}
	d := newDryRun(t)
	before := publication(t, b.String())
	began := time.Now()
	if err := d.Try(t.Context(), before, changesOf(nil, before)); err != nil {
		t.Fatal(err)
	}
	all := time.Since(began)
	after := publication(t, strings.Replace(b.String(), "rpm: 7", "rpm: 8", 1))
	began = time.Now()
	if err := d.Try(t.Context(), after, changesOf(before, after)); err != nil {
		t.Fatal(err)
	}
	one := time.Since(began)
	t.Logf("10,000 deployments in 2,000 groups: the first %v, with a changed one %v", all, one)
	if one > 10*time.Second { // on a busy machine
		t.Errorf("it took %v", one)
	}
}
