package nearest

import "testing"

func TestOf(t *testing.T) {
	known := []string{"api_key", "api_base", "model", "rpm", "tpm", "routing_strategy"}
	for _, c := range []struct{ word, want string }{
		{"api_ky", "api_key"},
		{"API_KEY", "api_key"},
		{"rmp", "rpm"},
		{"rpn", "rpm"}, // the first of two that are one edit away
		{"routing_stratgey", "routing_strategy"},
		{"temperature", ""},
		{"", ""},
	} {
		if got := Of(c.word, known); got != c.want {
			t.Errorf("Of(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
