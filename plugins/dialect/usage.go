package dialect

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// counts is the usage an upstream stated. The names differ from API to API and never mean two things, so one reader
// serves all:
//
//	chat, completions, embeddings   prompt_tokens, completion_tokens, …_details.cached_tokens / .reasoning_tokens
//	responses                       input_tokens, output_tokens, the same details
//	messages                        input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens
type counts struct {
	input, output, cached, created, reasoning int
	stated                                    bool // any was read
	final                                     bool // output is the whole answer's
}

// read takes over what the usage object at the head of text states; later statements replace earlier ones.
func (c *counts) read(text []byte) {
	r := jsontext.NewReader(text, jsontext.DefaultMaxDepth)
	next := *c
	err := r.Object(func(key []byte) error {
		switch string(key) {
		case "prompt_tokens", "input_tokens":
			return count(r, &next.input, &next)
		case "completion_tokens", "output_tokens":
			return count(r, &next.output, &next)
		case "cache_read_input_tokens", "prompt_cache_hit_tokens", "cached_tokens", "reasoning_tokens", "thinking_tokens":
			return next.detail(r, key)
		case "cache_creation_input_tokens":
			return count(r, &next.created, &next)
		case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
			if r.Peek() == jsontext.Object {
				return r.Object(func(key []byte) error { return next.detail(r, key) })
			}
		}
		return r.Skip()
	})
	if err == nil { // a text that is cut or broken states nothing
		*c = next
	}
}

func (c *counts) detail(r *jsontext.Reader, key []byte) error {
	switch string(key) {
	case "cached_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens": // the last is DeepSeek's
		return count(r, &c.cached, c)
	case "reasoning_tokens", "thinking_tokens":
		return count(r, &c.reasoning, c)
	}
	return r.Skip()
}

// maxTokens bounds what is believed, so that sums cannot overflow.
const maxTokens = 1 << 40

// count reads a number of tokens; null and what is no number leave n as it is.
func count(r *jsontext.Reader, n *int, c *counts) error {
	if r.Peek() != jsontext.Number {
		return r.Skip()
	}
	raw, err := r.Raw()
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(string(raw), 64) // some upstreams write 12.0
	if err != nil || v < 0 || v > maxTokens {     // a number out of range states nothing
		return nil
	}
	*n, c.stated = int(v), true
	return nil
}

// usage is what the answer cost: what was stated, or estimates of input and of outBytes bytes of text.
func (c *counts) usage(api abi.API, input, outBytes int) abi.Usage {
	if !c.stated {
		return abi.Usage{Input: input, Output: tokensOf(outBytes), Estimated: true}
	}
	u := abi.Usage{Input: c.input, Output: c.output, Cached: c.cached, Reasoning: c.reasoning}
	if api == abi.APIMessages { // Anthropic's input_tokens is what no cache held
		u.Input += c.cached + c.created
	}
	if !c.final { // the stream ended before its last statement
		u.Output, u.Estimated = max(u.Output, tokensOf(outBytes)), true
	}
	return u
}
