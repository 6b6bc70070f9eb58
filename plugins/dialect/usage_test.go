package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name string
		api  abi.API
		text string
		want abi.Usage
	}{
		{"chat", abi.APIChat, `{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}`, abi.Usage{Input: 5, Output: 7}},
		{"chat with null details", abi.APIChat, `{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":null,"completion_tokens_details":null}`, abi.Usage{Input: 5, Output: 7}},
		{"DeepSeek", abi.APIChat, `{"prompt_tokens":5,"completion_tokens":7,"prompt_cache_hit_tokens":3,"prompt_cache_miss_tokens":2}`, abi.Usage{Input: 5, Output: 7, Cached: 3}},
		{"LiteLLM states Anthropic's counts too", abi.APIChat, `{"prompt_tokens":50,"completion_tokens":7,"cache_read_input_tokens":30,"cache_creation_input_tokens":10}`, abi.Usage{Input: 50, Output: 7, Cached: 30}},
		{"floats", abi.APIChat, `{"prompt_tokens":5.0,"completion_tokens":7e0}`, abi.Usage{Input: 5, Output: 7}},
		{"responses", abi.APIResponses, `{"input_tokens":37,"input_tokens_details":{"cached_tokens":30},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":4}}`, abi.Usage{Input: 37, Output: 11, Cached: 30, Reasoning: 4}},
		{"messages", abi.APIMessages, `{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}}`, abi.Usage{Input: 60, Output: 5, Cached: 30, Reasoning: 2}},
		{"messages with null", abi.APIMessages, `{"input_tokens":10,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":5}`, abi.Usage{Input: 10, Output: 5}},
		{"nothing in it", abi.APIChat, `{}`, abi.Usage{Input: 9, Output: 2, Estimated: true}},
		{"nonsense", abi.APIChat, `{"prompt_tokens":"5","completion_tokens":-1,"total_tokens":1e99}`, abi.Usage{Input: 9, Output: 2, Estimated: true}},
		{"out of range", abi.APIChat, `{"prompt_tokens":1e13,"completion_tokens":7}`, abi.Usage{Output: 7}},
		{"cut", abi.APIChat, `{"prompt_tok`, abi.Usage{Input: 9, Output: 2, Estimated: true}},
		{"long digits", abi.APIChat, `{"prompt_tokens":1234567890123,"completion_tokens":12345678901234567890123}`, abi.Usage{Output: 2, Estimated: true, Input: 9}},
		{"what follows", abi.APIChat, `{"prompt_tokens":1,"completion_tokens":2},"x":{"prompt_tokens":3}}`, abi.Usage{Input: 1, Output: 2}},
		{"counts of parts", abi.APIChat, `{"prompt_tokens":1,"completion_tokens":2,"parts":{"prompt_tokens":3,"deep":{"cached_tokens":4}}}`, abi.Usage{Input: 1, Output: 2}},
	} {
		counts := counts{final: true}
		counts.read([]byte(c.text))
		if got := counts.usage(c.api, 9, 8); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
