package litellm

import (
	"strings"
	"testing"
)

// TestIdentity holds what changes a generated id and what does not.
func TestIdentity(t *testing.T) {
	ids := func(items ...string) []string {
		var got []string
		for _, g := range compileText(t, "model_list:\n  - "+strings.Join(items, "\n  - "), nil).Config.Groups {
			for _, d := range g.Deployments {
				got = append(got, d.ID)
			}
		}
		return got
	}
	const base = `{model_name: chat, litellm_params: {model: openai/a, api_key: sk-x}}`
	const other = `{model_name: chat, litellm_params: {model: openai/b, api_key: sk-x}}`
	first := ids(base)[0]
	if len(first) != 16 || strings.Trim(first, "0123456789abcdef") != "" {
		t.Errorf("the id is %q", first)
	}
	for _, same := range []string{
		strings.Replace(base, "sk-x", "sk-y", 1),
		strings.Replace(base, "sk-x", "sk-x, rpm: 5, tpm: 7, weight: 2, order: 1, timeout: 3", 1),
		strings.Replace(base, "sk-x}", "sk-x}, model_info: {mode: chat}", 1),
	} {
		if got := ids(same)[0]; got != first {
			t.Errorf("%s has another id than %s", same, base)
		}
	}
	for _, differs := range []string{
		other,
		strings.Replace(base, "chat", "chat2", 1),
		strings.Replace(base, "sk-x", "sk-x, api_base: 'https://h/v1'", 1),
		strings.Replace(base, "sk-x", "sk-x, region_name: eu", 1),
	} {
		if got := ids(differs)[0]; got == first {
			t.Errorf("%s has the same id as %s", differs, base)
		}
	}
	if a, b := ids(base, other), ids(other, base); a[0] != b[1] || a[1] != b[0] {
		t.Errorf("the order of the list changes ids: %v, %v", a, b)
	}
	if equal := ids(base, base); equal[0] != first || equal[1] == first {
		t.Errorf("equals have the ids %v", equal)
	}
}

func TestIsID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "eu:gpt-4o_1.b": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a/b": false, "ä": false, "a;b": false,
		"mock": false, "agent": false, // their clusters would be those of mocks and of the agent
	} {
		if isID(id) != want {
			t.Errorf("isID(%q) is %v", id, !want)
		}
	}
}
