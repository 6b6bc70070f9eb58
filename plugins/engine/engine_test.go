package engine

import "testing"

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, page string
		want       Gauges
		ok         bool
	}{
		{"vLLM", "# HELP vllm:num_requests_waiting Number of requests waiting.\n# TYPE vllm:num_requests_waiting gauge\n" +
			"vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 3.0\nvllm:num_requests_running{engine=\"0\"} 9\n" +
			"vllm:kv_cache_usage_perc{engine=\"0\",model_name=\"m\"} 0.25\n", Gauges{0.25, 3}, true},
		{"two engines", "vllm:num_requests_waiting{engine=\"0\"} 3\nvllm:num_requests_waiting{engine=\"1\"} 4\n" +
			"vllm:kv_cache_usage_perc{engine=\"0\"} 0.5\nvllm:kv_cache_usage_perc{engine=\"1\"} 0.125", Gauges{0.5, 7}, true},
		{"an older one", "vllm:gpu_cache_usage_perc 0.5 1700000000\nvllm:num_requests_waiting 1e2\n", Gauges{0.5, 100}, true},
		{"a brace in a label", `vllm:num_requests_waiting{model_name="a}\" 7"} 2` + "\nvllm:kv_cache_usage_perc 0\n", Gauges{0, 2}, true},
		{"one is missing", "vllm:num_requests_waiting 2\n", Gauges{0, 2}, false},
		{"no numbers", "vllm:num_requests_waiting NaN\nvllm:kv_cache_usage_perc +Inf\nvllm:kv_cache_usage_perc -1\n", Gauges{}, false},
		{"another server", "python_gc_objects_collected_total 1\n", Gauges{}, false},
		{"nothing", "", Gauges{}, false},
		{"cut", "vllm:num_requests_waiting{engine=\"0", Gauges{}, false},
	} {
		if got, ok := Parse([]byte(c.page)); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v", c.name, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 3.0\nvllm:kv_cache_usage_perc 0.5"))
	f.Fuzz(func(t *testing.T, page []byte) {
		if g, _ := Parse(page); !(g.Waiting >= 0) || !(g.CacheUsage >= 0) {
			t.Errorf("%+v", g)
		}
	})
}
