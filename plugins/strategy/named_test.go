package strategy

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestNamed(t *testing.T) {
	mini := &abi.Deployment{ID: "cheap-1", Provider: "openai", Model: "gpt-4o-mini"}
	nested := &abi.Deployment{ID: "x", Provider: "openrouter", Model: "openai/gpt-4o-mini"}
	for _, c := range []struct {
		name string
		d    *abi.Deployment
		want bool
	}{
		{"cheap-1", mini, true},
		{"gpt-4o-mini", mini, true},
		{"openai/gpt-4o-mini", mini, true},
		{"openai/gpt-4o-mini", nested, true},
		{"openrouter/openai/gpt-4o-mini", nested, true},
		{"azure/gpt-4o-mini", mini, false},
		{"gpt-4", mini, false},
		{"gpt-4o", mini, false},
		{"mini", mini, false},
		{"openai", mini, false},
		{"openai/", mini, false},
		{"openai_gpt-4o-mini", mini, false},
		{"GPT-4o-mini", mini, false},
		{"cheap-11", mini, false},
		{"", mini, false},
		{"mini", &abi.Deployment{ID: "g", Provider: "gemini", Model: "gemini-pro"}, false},
		{"gemini", &abi.Deployment{ID: "m", Provider: "openai", Model: "mini"}, false},
		{"", &abi.Deployment{}, false},
		{"/", &abi.Deployment{}, false},
	} {
		if got := named(c.name, c.d); got != c.want {
			t.Errorf("named(%q, %s %s/%s) = %v, want %v", c.name, c.d.ID, c.d.Provider, c.d.Model, got, c.want)
		}
	}
	if !namedBy([]string{"gpt-4", "cheap-1"}, mini) || namedBy([]string{"gpt-4", "mini"}, mini) || namedBy(nil, mini) {
		t.Error("one of several names")
	}
}
