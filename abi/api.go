package abi

// API is one LLM HTTP API a client can speak. It decides how a body is read and in which shape errors are written.
type API string

// The APIs. A path with and without the leading /v1 means the same.
const (
	APIChat        API = "chat"        // POST /v1/chat/completions (OpenAI)
	APICompletions API = "completions" // POST /v1/completions (OpenAI)
	APIEmbeddings  API = "embeddings"  // POST /v1/embeddings (OpenAI)
	APIResponses   API = "responses"   // POST /v1/responses and /v1/responses/{id}… (OpenAI)
	APIMessages    API = "messages"    // POST /v1/messages (Anthropic)
)

// APIs lists every API, in the order documents and errors name them.
var APIs = []API{APIChat, APICompletions, APIEmbeddings, APIResponses, APIMessages}

// Path returns the public path of the API, as errors and documents name it.
func (a API) Path() string {
	switch a {
	case APIChat:
		return "/v1/chat/completions"
	case APICompletions:
		return "/v1/completions"
	case APIEmbeddings:
		return "/v1/embeddings"
	case APIResponses:
		return "/v1/responses"
	case APIMessages:
		return "/v1/messages"
	}
	return ""
}
