package strategy

import (
	"math"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestKVCacheAware(t *testing.T) {
	gauge := func(cache, waiting float64, ageMS int64) abi.Signals {
		return abi.Signals{CacheUsage: cache, Waiting: waiting, GaugesMS: now - ageMS}
	}
	never := func(inFlight int) abi.Signals { return abi.Signals{InFlight: inFlight} }
	busy := gauge(0.9, 0, 0)
	busy.InFlight = 100
	for _, c := range []struct {
		name       string
		candidates []abi.Candidate
		want       string
	}{
		{"the emptiest cache", of(gauge(0.9, 0, 0), gauge(0.2, 0, 0), gauge(0.5, 0, 0)), "b"},
		{"the shortest queue", of(gauge(0.5, 3, 0), gauge(0.5, 1, 0)), "b"},
		{"five that wait are half a cache", of(gauge(0.2, 5, 0), gauge(0.6, 0, 0)), "b"},
		{"and three are less", of(gauge(0.2, 3, 0), gauge(0.6, 0, 0)), "a"},
		{"alike", of(gauge(0.5, 0, 0), gauge(0.5, 0, 0), gauge(0.6, 0, 0)), "ab"},
		{"empty servers", of(gauge(0, 0, 0), gauge(0, 0, 5)), "ab"},
		{"just fresh enough", of(gauge(0.9, 0, 0), gauge(0.1, 0, 15_000)), "b"},
		{"too old is not known", of(gauge(0.9, 0, 0), gauge(0.1, 0, 15_001)), "a"},
		{"never read is not known", of(never(0), busy), "b"},
		{"nothing known: the least busy", of(never(3), never(1), never(2)), "b"},
		{"nothing known for long: the least busy", of(gauge(0.1, 0, 60_000), never(0), never(0)), "abc"},
		{"no number", of(gauge(math.NaN(), 0, 0), gauge(0.9, 9, 0)), "b"},
		{"one", of(never(7)), "a"},
	} {
		if got := picks(made(t, "llmrouter-kv-cache-aware"), abi.Request{NowMS: now}, c.candidates); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	early := of(never(3), never(1))
	if got := picks(made(t, "llmrouter-kv-cache-aware"), abi.Request{NowMS: 5}, early); got != "b" {
		t.Errorf("never is no time, however early it is: got %s", got)
	}
	queue := KVCacheAware{Cache: 0, Queue: 1, MaxAgeMS: 15_000}
	if got := picks(queue, abi.Request{NowMS: now}, of(gauge(0.1, 2, 0), gauge(0.9, 1, 0))); got != "b" {
		t.Errorf("by the queue alone: got %s", got)
	}
}

func TestKVCacheAwareSharesTies(t *testing.T) {
	const n = 20_000
	g := abi.Signals{CacheUsage: 0.5, GaugesMS: now}
	even(t, counted(made(t, "llmrouter-kv-cache-aware"), abi.Request{NowMS: now}, of(g, g, abi.Signals{}, g), n), n, 3)
	even(t, counted(made(t, "llmrouter-kv-cache-aware"), abi.Request{NowMS: now}, of(abi.Signals{}, abi.Signals{}), n), n, 2)
}

func TestKVCacheAwareMetricsPath(t *testing.T) {
	k := Registry()["llmrouter-kv-cache-aware"]
	for given, want := range map[string]string{"": "/metrics", "/prometheus": "/prometheus"} {
		s, err := k.Make(abi.Args{{Name: "engine_metrics_path", Text: given}})
		if err != nil || s.(KVCacheAware).MetricsPath() != want {
			t.Errorf("%q: %v, %v", given, s, err)
		}
	}
	_, err := k.Make(abi.Args{{Name: "engine_metrics_path", Text: "http://vllm/metrics"}})
	if err == nil || !strings.Contains(err.Error(), `engine_metrics_path: is "http://vllm/metrics", expected a path`) {
		t.Error(err)
	}
}
