package upstream

import (
	"fmt"
	"net/http"
)

// response is one that this provider made and remembers, as OpenAI does.
type response struct {
	model, previous string
	tools           bool
	usage           Usage
	status          string
	text            string
}

// responses makes a response, or answers a call about one: those of other providers it does not know.
func (u *Upstream) responses(q request, s Script) (int, []byte) {
	if q.id == "" {
		id, r := u.make(q, s)
		if r == nil {
			return 400, unknownResponse(q.PreviousID)
		}
		return 200, r.body(id)
	}
	u.mu.Lock()
	r := u.made[q.id]
	if r != nil && q.method == http.MethodDelete {
		delete(u.made, q.id)
	}
	if r != nil && q.action == "cancel" {
		r.status = "cancelled"
	}
	u.mu.Unlock()
	switch {
	case r == nil:
		return 404, unknownResponse(q.id)
	case q.method == http.MethodDelete:
		return 200, fmt.Appendf(nil, `{"id":%q,"object":"response","deleted":true}`, q.id)
	case q.action == "input_items":
		return 200, []byte(`{"object":"list","data":[{"id":"msg_in","type":"message","role":"user","status":"completed","content":[{"type":"input_text","text":"Say hello."}]}],"first_id":"msg_in","last_id":"msg_in","has_more":false}`)
	}
	return 200, r.body(q.id)
}

// make files a new response; nil when it continues one that is not known here.
func (u *Upstream) make(q request, s Script) (string, *response) {
	id := u.id("resp_")
	u.mu.Lock()
	defer u.mu.Unlock()
	if q.PreviousID != "" && u.made[q.PreviousID] == nil {
		return "", nil
	}
	r := &response{model: q.Model, previous: q.PreviousID, tools: len(q.Tools) > 0, usage: s.usage(), status: "completed", text: s.long(u.text())}
	u.made[id] = r
	return id, r
}

func unknownResponse(id string) []byte {
	return fmt.Appendf(nil, `{"error":{"message":"Response with id '%s' not found.","type":"invalid_request_error","param":null,"code":null}}`, id)
}

func (r *response) body(id string) []byte {
	return []byte(r.object(id, r.status, "["+r.output()+"]", r.usageObject()))
}

// output is the one item a response holds.
func (r *response) output() string {
	if r.tools {
		return `{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Paris\"}"}`
	}
	return fmt.Sprintf(`{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":%q,"annotations":[]}]}`, r.text)
}

func (r *response) usageObject() string {
	return fmt.Sprintf(`{"input_tokens":%d,"input_tokens_details":{"cached_tokens":0},"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":%d}`,
		r.usage.Input, r.usage.Output, r.usage.Input+r.usage.Output)
}

func (r *response) object(id, status, output, usage string) string {
	previous := "null"
	if r.previous != "" {
		previous = fmt.Sprintf("%q", r.previous)
	}
	return fmt.Sprintf(`{"id":%q,"object":"response","created_at":%d,"status":%q,"error":null,"incomplete_details":null,"instructions":null,"metadata":{},"model":%q,"output":%s,"parallel_tool_calls":true,"previous_response_id":%s,"temperature":1.0,"tool_choice":"auto","tools":[],"top_p":1.0,"usage":%s}`,
		id, madeAt, status, r.model, output, previous, usage)
}

func (u *Upstream) responseStream(q request, s Script) [][]byte {
	id, r := u.make(q, s)
	if r == nil {
		return [][]byte{event("error", `{"type":"error","sequence_number":0,"code":"previous_response_not_found","message":"No such response here.","param":null}`)}
	}
	sequence := -1
	next := func(kind, members string) []byte {
		sequence++
		return event(kind, fmt.Sprintf(`{"type":%q,"sequence_number":%d,%s}`, kind, sequence, members))
	}
	begun := `"response":` + r.object(id, "in_progress", "[]", "null")
	all := [][]byte{next("response.created", begun), next("response.in_progress", begun)}
	if r.tools {
		all = append(all,
			next("response.output_item.added", `"output_index":0,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"get_weather","arguments":""}`),
			next("response.function_call_arguments.delta", `"item_id":"fc_1","output_index":0,"delta":"{\"city\":\"Paris\"}"`),
			next("response.function_call_arguments.done", `"item_id":"fc_1","output_index":0,"arguments":"{\"city\":\"Paris\"}"`))
	} else {
		all = append(all,
			next("response.output_item.added", `"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}`),
			next("response.content_part.added", `"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}`))
		for _, piece := range s.pieces(u.text()) {
			all = append(all, next("response.output_text.delta", fmt.Sprintf(`"item_id":"msg_1","output_index":0,"content_index":0,"delta":%q,"logprobs":[]`, piece)))
		}
		all = append(all,
			next("response.output_text.done", fmt.Sprintf(`"item_id":"msg_1","output_index":0,"content_index":0,"text":%q,"logprobs":[]`, r.text)),
			next("response.content_part.done", fmt.Sprintf(`"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":%q,"annotations":[]}`, r.text)))
	}
	if s.End.partial() {
		return all
	}
	return append(all,
		next("response.output_item.done", `"output_index":0,"item":`+r.output()),
		next("response.completed", `"response":`+r.object(id, "completed", "["+r.output()+"]", r.usageObject())))
}
