package upstream

import "fmt"

// madeAt is when every answer was made, in Unix seconds: a constant, so that answers are the same in every run.
const madeAt = 1_760_000_000

// chat is a chat completion; one that calls a tool when the request offers tools.
func (u *Upstream) chat(q request, s Script) []byte {
	message := fmt.Sprintf(`{"role":"assistant","content":%q,"refusal":null}`, s.long(u.text()))
	finish := "stop"
	if len(q.Tools) > 0 {
		message = `{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]}`
		finish = "tool_calls"
	}
	return fmt.Appendf(nil, `{"id":%q,"object":"chat.completion","created":%d,"model":%q,"choices":[{"index":0,"message":%s,"logprobs":null,"finish_reason":%q}]%s,"service_tier":"default"}`,
		u.id("chatcmpl-"), madeAt, q.Model, message, finish, usageMember(s))
}

// usageMember is ,"usage":{…} as OpenAI's chat and completions write it; nothing when the script wants none.
func usageMember(s Script) string {
	if s.NoUsage {
		return ""
	}
	n := s.usage()
	return fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}`,
		n.Input, n.Output, n.Input+n.Output)
}

func (u *Upstream) chatStream(q request, s Script) [][]byte {
	id := u.id("chatcmpl-")
	asked := q.StreamOptions.IncludeUsage && !s.NoUsage
	null := ""
	if asked {
		null = `,"usage":null` // OpenAI says so in every chunk but the last, once usage is asked for
	}
	chunk := func(choices, usage string) []byte {
		return data(fmt.Sprintf(`{"id":%q,"object":"chat.completion.chunk","created":%d,"model":%q,"choices":%s%s}`, id, madeAt, q.Model, choices, usage))
	}
	all := [][]byte{chunk(`[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]`, null)}
	if len(q.Tools) > 0 {
		all = append(all,
			chunk(`[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]},"finish_reason":null}]`, null),
			chunk(`[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}]},"finish_reason":null}]`, null),
			chunk(`[{"index":0,"delta":{},"finish_reason":"tool_calls"}]`, null))
	} else {
		for _, piece := range s.pieces(u.text()) {
			all = append(all, chunk(fmt.Sprintf(`[{"index":0,"delta":{"content":%q},"finish_reason":null}]`, piece), null))
		}
		all = append(all, chunk(`[{"index":0,"delta":{},"finish_reason":"stop"}]`, null))
	}
	if s.End.partial() {
		return all[:len(all)-1]
	}
	if asked {
		all = append(all, chunk(`[]`, usageMember(s)))
	}
	return append(all, data("[DONE]"))
}
