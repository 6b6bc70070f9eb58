package upstream

import "fmt"

// message is an answer of Anthropic's messages API; one that uses a tool when the request offers tools.
func (u *Upstream) message(q request, s Script) []byte {
	content, stop := fmt.Sprintf(`{"type":"text","text":%q}`, s.long(u.text())), "end_turn"
	if len(q.Tools) > 0 {
		content, stop = `{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Paris"}}`, "tool_use"
	}
	n := s.usage()
	return fmt.Appendf(nil, `{"id":%q,"type":"message","role":"assistant","model":%q,"content":[%s],"stop_reason":%q,"stop_sequence":null,"usage":{"input_tokens":%d,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":%d}}`,
		u.id("msg_"), q.Model, content, stop, n.Input, n.Output)
}

func (u *Upstream) messageStream(q request, s Script) [][]byte {
	n := s.usage()
	all := [][]byte{
		event("message_start", fmt.Sprintf(`{"type":"message_start","message":{"id":%q,"type":"message","role":"assistant","model":%q,"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":%d,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}`,
			u.id("msg_"), q.Model, n.Input)),
	}
	stop := "end_turn"
	if len(q.Tools) > 0 {
		stop = "tool_use"
		all = append(all,
			event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}`),
			event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Paris\"}"}}`))
	} else {
		all = append(all, event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`),
			event("ping", `{"type":"ping"}`))
		for _, piece := range s.pieces(u.text()) {
			all = append(all, event("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}`, piece)))
		}
	}
	if s.End.partial() {
		return all
	}
	return append(all,
		event("content_block_stop", `{"type":"content_block_stop","index":0}`),
		event("message_delta", fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":%d}}`, stop, n.Output)),
		event("message_stop", `{"type":"message_stop"}`))
}
