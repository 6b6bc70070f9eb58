package upstream

import "fmt"

// completion is a text completion.
func (u *Upstream) completion(q request, s Script) []byte {
	return fmt.Appendf(nil, `{"id":%q,"object":"text_completion","created":%d,"model":%q,"choices":[{"text":%q,"index":0,"logprobs":null,"finish_reason":"stop"}]%s}`,
		u.id("cmpl-"), madeAt, q.Model, s.long(u.text()), usageMember(s))
}

func (u *Upstream) completionStream(q request, s Script) [][]byte {
	id := u.id("cmpl-")
	chunk := func(choices, usage string) []byte {
		return data(fmt.Sprintf(`{"id":%q,"object":"text_completion","created":%d,"model":%q,"choices":%s%s}`, id, madeAt, q.Model, choices, usage))
	}
	var all [][]byte
	for _, piece := range s.pieces(u.text()) {
		all = append(all, chunk(fmt.Sprintf(`[{"text":%q,"index":0,"logprobs":null,"finish_reason":null}]`, piece), ""))
	}
	if s.End.partial() {
		return all
	}
	all = append(all, chunk(`[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]`, ""))
	if q.StreamOptions.IncludeUsage && !s.NoUsage {
		all = append(all, chunk(`[]`, usageMember(s)))
	}
	return append(all, data("[DONE]"))
}
