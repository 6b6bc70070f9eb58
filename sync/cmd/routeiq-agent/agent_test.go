package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// call runs the agent in the test's process: its exit, standard output and standard error.
func call(t *testing.T, env map[string]string, stdin string, args ...string) (exit int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	p := &process{in: strings.NewReader(stdin), out: &o, err: &e, getenv: func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}, signals: func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) }}
	exit = p.run(args)
	return exit, o.String(), e.String()
}

// write makes a configuration file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	mock = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, mock_response: hello}}
`
	keyed = `
model_list:
  - {model_name: chat, model_info: {id: set}, litellm_params: {model: openai/gpt-4o, api_base: "http://127.0.0.1:9/v1", api_key: os.environ/SET_KEY}}
  - {model_name: chat, model_info: {id: unset}, litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/UNSET_KEY}}
  - {model_name: other, model_info: {id: literal}, litellm_params: {model: openai/gpt-4o, api_key: sk-literal}}
`
	wrong = `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, mock_response: hello, rpm: many}}
router_settings:
  fallbacks: [{chat: [gone]}]
`
)

// TestUsage: what was called wrongly ends with 2 and says how to get help; what helps ends with 0.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"unknown"}, {"validate"}, {"render"}, {"validate", "a", "b"}, {"validate", "--unknown", "a"}, {"render", "--listen", "nowhere", "a"},
		{"render", "--envoy-admin", "1.2.3.4", "a"}, {"--strict"},
	} {
		if exit, out, errs := call(t, nil, "", args...); exit != exitUsage || out != "" || !strings.Contains(errs, "--help") {
			t.Errorf("%q: exit %d, out %q, err %q", args, exit, out, errs)
		}
	}
	for _, args := range [][]string{{"--help"}, {"validate", "--help"}, {"render", "--help"}} {
		if exit, out, errs := call(t, nil, "", args...); exit != exitGood || !strings.Contains(out, "Usage:") || errs != "" {
			t.Errorf("%q: exit %d, out %q, err %q", args, exit, out, errs)
		}
	}
}

// TestFile: where the configuration comes from.
func TestFile(t *testing.T) {
	path := write(t, mock)
	for _, c := range []struct {
		name, stdin string
		env         map[string]string
		args        []string
		exit        int
	}{
		{"an argument", "", nil, []string{path}, exitGood},
		{"standard input", mock, nil, []string{"-"}, exitGood},
		{"standard input, wrong", wrong, nil, []string{"-"}, exitRefused},
		{"the environment", "", map[string]string{envFile: path}, nil, exitGood},
		{"the argument wins", "", map[string]string{envFile: "gone.yaml"}, []string{path}, exitGood},
		{"no such file", "", nil, []string{"gone.yaml"}, exitRefused},
	} {
		for _, verb := range []string{"validate", "render"} {
			exit, out, errs := call(t, c.env, c.stdin, append([]string{verb}, c.args...)...)
			if exit != c.exit || (out != "") != (c.exit == exitGood) {
				t.Errorf("%s, %s: exit %d, out %q, err %q", verb, c.name, exit, out, errs)
			}
			if c.name == "no such file" && !strings.Contains(errs, "gone.yaml") {
				t.Errorf("%s, %s: the error does not name the file: %q", verb, c.name, errs)
			}
		}
	}
}
