// Package dialect speaks the LLM APIs: it reads from a client's request what routing needs, fits the body to the
// deployment that was chosen, and reads from an upstream's answer, as it passes, how the attempt went and what it cost.
//
// One file per API: chat.go, completions.go, embeddings.go, responses.go, messages.go. What they share is in files of
// its own:
//
//	request   path.go → body.go, content.go, ask.go, fallbacks.go, metadata.go → rewrite.go
//	words     prompt.go → prompt_message.go, prompt_text.go: only for strategies that go by them
//	answer    answer.go: inflate.go → grammar.go, scalar.go, document.go (one JSON text)
//	          or events.go, scan.go, repeat.go (a stream) → usage.go; response_id.go
//	errors    failure.go (what an upstream says) → class.go (what it means), upstream_error.go (what the client
//	          gets); retry_after.go
//	ours      refusal.go, models.go, mock.go
//
// Everything here is pure: bytes in, bytes and numbers out.
package dialect

import (
	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// variant is what differs from API to API. Implementations are empty structs.
type variant interface {
	// member reads a top-level member of a request's body if the API knows it; if not, it says so and consumes nothing.
	// See request.known for how it is called.
	member(q *request, key []byte) (known bool, err error)
	// event reads one event of an answer's stream: its name (may be empty) and its data (never empty).
	event(a *Answer, name, data []byte)
	// mock appends a whole answer.
	mock(dst []byte, m *mockAnswer) []byte
	// mockStream appends an answer as a stream.
	mockStream(dst []byte, m *mockAnswer) []byte
}

func variantOf(api abi.API) variant {
	switch api {
	case abi.APICompletions:
		return completions{}
	case abi.APIEmbeddings:
		return embeddings{}
	case abi.APIResponses:
		return responses{}
	case abi.APIMessages:
		return messages{}
	}
	return chat{}
}

// openAIError tells whether the API writes its errors as OpenAI does. A call whose API is not known does.
func openAIError(api abi.API) bool { return api != abi.APIMessages }

// appendMember appends ,"name":"value".
func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return jsontext.AppendString(dst, value)
}
