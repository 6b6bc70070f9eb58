package metrics

import (
	"reflect"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/routeiq/routeiq/host/vm"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		full, name     string
		labels, values []string
	}{
		{"a_total", "a_total", nil, nil},
		{"a;group=gpt-4;code=200", "a", []string{"group", "code"}, []string{"gpt-4", "200"}},
		{"wasm.my-counter;x y=1;x_y=2;=3;;z", "wasm_my_counter", []string{"x_y", "z"}, []string{"1", ""}},
		{";;", "unnamed", nil, nil},
		{"7up", "up", nil, nil},
	}
	for _, tt := range tests {
		name, labels, values := Split(tt.full)
		if name != tt.name || !reflect.DeepEqual(labels, tt.labels) || !reflect.DeepEqual(values, tt.values) {
			t.Errorf("%q: %q %q %q", tt.full, name, labels, values)
		}
	}
}

func TestExposition(t *testing.T) {
	r := New()
	r.Define(vm.Counter, "requests;group=a").Add(2)
	r.Define(vm.Counter, "requests;group=a").Record(1)
	r.Define(vm.Counter, "requests;group=b;code=200").Add(1)
	g := r.Define(vm.Gauge, "open")
	g.Record(5)
	g.Add(-7)
	h := r.Define(vm.Histogram, "took_ms;deployment=d")
	for _, ms := range []uint64{1, 30, 31, 700_000} {
		h.Record(ms)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(r)
	want := `
# HELP open A metric of the module.
# TYPE open gauge
open -2
# HELP requests A metric of the module.
# TYPE requests counter
requests{group="a"} 3
requests{code="200",group="b"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "open", "requests"); err != nil {
		t.Error(err)
	}
	text, err := testutil.CollectAndFormat(r, expfmt.TypeTextPlain, "took_ms")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`took_ms_bucket{deployment="d",le="1"} 1`, `took_ms_bucket{deployment="d",le="25"} 1`, `took_ms_bucket{deployment="d",le="50"} 3`,
		`took_ms_bucket{deployment="d",le="+Inf"} 4`, `took_ms_sum{deployment="d"} 700062`, `took_ms_count{deployment="d"} 4`} {
		if !strings.Contains(string(text), line) {
			t.Errorf("%s is not in:\n%s", line, text)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("a;b=c")
	f.Fuzz(func(t *testing.T, full string) {
		registry := prometheus.NewPedanticRegistry()
		r := New()
		r.Define(vm.Counter, full)
		registry.MustRegister(r)
		if _, err := registry.Gather(); err != nil {
			t.Errorf("%q: %v", full, err)
		}
	})
}
