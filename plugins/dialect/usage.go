package dialect

import (
	"strconv"

	"github.com/routeiq/routeiq/abi"
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
	w := walker{text: text}
	for key, ok := w.next(); ok && w.depth > 0; key, ok = w.next() { // depth 0: the object has ended
		switch string(key) {
		case "prompt_tokens", "input_tokens":
			c.count(&w, 1, &c.input)
		case "completion_tokens", "output_tokens":
			c.count(&w, 1, &c.output)
		case "cache_creation_input_tokens":
			c.count(&w, 1, &c.created)
		case "cached_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens": // in details; the last is DeepSeek's
			c.count(&w, 2, &c.cached)
		case "reasoning_tokens", "thinking_tokens":
			c.count(&w, 2, &c.reasoning)
		}
	}
}

// maxTokens bounds what is believed, so that sums cannot overflow.
const maxTokens = 1 << 40

// count reads a number of tokens that stands at most deepest deep; null and what is no such number leave n as it is.
func (c *counts) count(w *walker, deepest int, n *int) {
	text := w.rest()
	if w.depth > deepest || len(text) == 0 {
		return
	}
	v, i := 0, 0
	for i < len(text) && i < 13 && text[i] >= '0' && text[i] <= '9' {
		v = v*10 + int(text[i]-'0')
		i++
	}
	if i < len(text) && (text[i] == '.' || text[i] == 'e' || text[i] == 'E' || i == 13) { // some upstreams write 12.0
		for i = 0; i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '.' || text[i] == 'e' || text[i] == 'E' || text[i] == '+' || text[i] == '-'); i++ {
		}
		f, err := strconv.ParseFloat(string(text[:i]), 64)
		if err != nil || !(f >= 0 && f <= maxTokens) { // it states nothing
			return
		}
		v = int(f)
	}
	if i > 0 {
		*n, c.stated = v, true
	}
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
