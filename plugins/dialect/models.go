package dialect

import "github.com/routeiq/routeiq/abi/jsontext"

// ModelsBody answers OpModels with the list of ids, and OpModel with the one in call: as OpenAI does, or as Anthropic
// does for a client that sent an anthropic-version header. When a model was made is not known; both get the epoch, as
// Anthropic's documentation has it for that case.
func ModelsBody(call Call, ids []string, anthropic bool) []byte {
	one := appendOpenAIModel
	if anthropic {
		one = appendAnthropicModel
	}
	if call.Op == OpModel {
		return one(nil, call.Model)
	}
	dst := []byte(`{"object":"list","data":[`)
	if anthropic {
		dst = []byte(`{"data":[`)
	}
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, id)
	}
	dst = append(dst, ']')
	if anthropic {
		first, last := "", ""
		if len(ids) > 0 {
			first, last = ids[0], ids[len(ids)-1]
		}
		dst = append(dst, `,"has_more":false`...)
		dst = appendNullable(appendNullable(dst, "first_id", first), "last_id", last)
	}
	return append(dst, '}')
}

func appendOpenAIModel(dst []byte, id string) []byte {
	dst = jsontext.AppendString(append(dst, `{"id":`...), id)
	return append(dst, `,"object":"model","created":0,"owned_by":"routeiq"}`...)
}

func appendAnthropicModel(dst []byte, id string) []byte {
	dst = jsontext.AppendString(append(dst, `{"type":"model","id":`...), id)
	dst = appendMember(dst, "display_name", id)
	return append(dst, `,"created_at":"1970-01-01T00:00:00Z","lifecycle":"active"}`...)
}
