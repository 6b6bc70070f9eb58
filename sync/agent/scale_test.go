package agent

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/revision"
)

// TestTenThousand: what the steps before publishing take of 10,000 deployments, when one of them changes.
func TestTenThousand(t *testing.T) {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "  - {model_name: m%d, model_info: {id: d%d}, litellm_params: {model: openai/m, api_key: sk-%d, rpm: 7}}\n", i/5, i, i)
	}
	a := &Agent{log: slog.New(slog.DiscardHandler), o: Options{Getenv: func(string) (string, bool) { return "", false }, Hook: func(Step) {}}}
	load := func(text string) *loaded {
		t.Helper()
		l, err := a.build(revision.Revision{ID: "x", Source: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	before := load(b.String())
	began := time.Now()
	after := load(strings.Replace(b.String(), "rpm: 7", "rpm: 8", 1))
	built := time.Now()
	r := diff.Between(before.document, after.document)
	same, untouched := diff.Same(before.document, after.document), diff.Untouched(before.document, after.document)
	compared := time.Since(built)
	t.Logf("built in %v, compared in %v", built.Sub(began), compared)
	if len(r.Changed) != 1 || len(r.Added)+len(r.Removed)+len(r.Settings) != 0 || len(same) != 9_999 || len(untouched) != 9_999 {
		t.Errorf("%s, %d the same, %d untouched", r.Summary(), len(same), len(untouched))
	}
	if whole := time.Since(began); whole > 10*time.Second { // on a busy machine
		t.Errorf("it took %v", whole)
	}
}
