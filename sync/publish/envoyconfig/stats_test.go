package envoyconfig

import (
	"regexp"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestStats: each label is found wherever it stands in a metric's name, and nowhere else.
func TestStats(t *testing.T) {
	extract := map[string]*regexp.Regexp{}
	for _, tag := range Stats().StatsTags {
		extract[tag.TagName] = regexp.MustCompile(tag.GetRegex())
	}
	if len(extract) != len(abi.MetricLabels) {
		t.Errorf("%d tags for %d labels", len(extract), len(abi.MetricLabels))
	}
	for _, c := range []struct{ name, label, value string }{
		{"wasmcustom.routeiq_x;group=gpt-4.1/x:y;api=chat;code=200", "group", "gpt-4.1/x:y"},
		{"wasmcustom.routeiq_x;group=gpt-4.1/x:y;api=chat;code=200", "api", "chat"},
		{"wasmcustom.routeiq_x;group=gpt-4.1/x:y;api=chat;code=200", "code", "200"},
		{"wasmcustom.routeiq_x;group=gpt-4.1/x:y;api=chat;code=200", "to", ""},
		{"wasmcustom.other;group=a", "group", ""},
		{"cluster.a;group=b.upstream_rq", "group", ""},
		{"wasmcustom.routeiq_x", "group", ""},
	} {
		var value string
		if m := extract[c.label].FindStringSubmatch(c.name); m != nil {
			value = m[2]
			if m[1] != ";"+c.label+"="+c.value {
				t.Errorf("%s of %s: %q is taken out", c.label, c.name, m[1])
			}
		}
		if value != c.value {
			t.Errorf("%s of %s: got %q, expected %q", c.label, c.name, value, c.value)
		}
	}
}
