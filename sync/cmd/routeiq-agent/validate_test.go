package main

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	set := map[string]string{"SET_KEY": "sk-of-the-environment"}
	for _, c := range []struct {
		name, text string
		env        map[string]string
		args       []string
		exit       int
		out, errs  []string // what must be said
	}{
		{"good", mock, nil, nil, exitGood, []string{"is good", "1 group,", "1 deployment,", "0 warnings", "groups: chat", "no client key"}, nil},
		{"a key is missing", keyed, set, nil, exitGood,
			[]string{"2 groups", "3 deployments", "1 warning\n", "unconfigured, never chosen: unset"}, []string{"warning:", "config.yaml:4:", "UNSET_KEY is not set"}},
		{"strict", keyed, set, []string{"--strict"}, exitRefused, nil, []string{"unset", "UNSET_KEY is not set", "is refused for 1 reason"}},
		{"strict and good", mock, nil, []string{"--strict"}, exitGood, []string{"is good"}, nil},
		{"two mistakes", wrong, nil, nil, exitRefused, nil,
			[]string{"config.yaml:3: model_list[0].litellm_params.rpm", "config.yaml:5: router_settings.fallbacks", `"gone"`, "is refused for 2 reasons"}},
		{"with a key", mock, map[string]string{"LITELLM_MASTER_KEY": "sk-master"}, nil, exitGood, []string{"is good"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			exit, out, errs := call(t, c.env, "", append([]string{"validate", write(t, c.text)}, c.args...)...)
			if exit != c.exit {
				t.Errorf("exit %d, expected %d", exit, c.exit)
			}
			for _, s := range c.out {
				if !strings.Contains(out, s) {
					t.Errorf("standard output does not say %q: %s", s, out)
				}
			}
			for _, s := range c.errs {
				if !strings.Contains(errs, s) {
					t.Errorf("standard error does not say %q: %s", s, errs)
				}
			}
			if c.exit != exitGood && out != "" {
				t.Errorf("standard output has %q", out)
			}
			if c.env["LITELLM_MASTER_KEY"] != "" && strings.Contains(out, "no client key") {
				t.Error("it says that there is no client key")
			}
			if strings.Contains(out+errs, "sk-") {
				t.Errorf("a secret is shown: %s%s", out, errs)
			}
		})
	}
}
