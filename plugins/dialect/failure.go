package dialect

import "strings"

// failure is what an upstream says went wrong, in a body or in an event of a stream.
type failure struct {
	set  bool
	flat bool // it was told by the answer's type alone; what it says stands beside that: see Answer.cause

	code    string // its code; empty: it gives none
	kind    string // its type
	param   string // the part of the request it blames
	message string
	detail  string // what the provider behind an intermediary said (OpenRouter's metadata.raw)
}

// word is the upstream's own word for the failure: its code, else its type.
func (f *failure) word() string {
	if f.code != "" {
		return f.code
	}
	return f.kind
}

// failureText is how much of a message is read, in bytes.
const failureText = 16 << 10

// readFailure reads the error at the head of text, which may be cut or go on. It knows the shapes of OpenAI and Azure
// ({"error":{"message","type","param","code"}}), Anthropic ({"type":"error","error":{"type","message"}}), vLLM and
// Mistral ({"object":"error","message","type","code"}), Google ([{"error":{"code","message","status"}}]), Bedrock
// ({"message"} and {"__type","Message"}), and those that have a bare text for "error" or "detail".
func readFailure(text []byte) failure {
	f := failure{set: true}
	w := walker{text: text}
	for key, ok := w.next(); ok && w.depth > 0; key, ok = w.next() { // depth 0: the error has ended
		switch string(key) {
		case "code", "status":
			if f.code == "" {
				f.code = scalar(&w)
			}
		case "type", "__type":
			if kind := scalar(&w); f.kind == "" && kind != "error" {
				f.kind = kind
			}
		case "param":
			if f.param == "" {
				f.param = scalar(&w)
			}
		case "message", "Message", "error", "detail":
			f.message = firstText(&w, f.message)
		case "raw":
			f.detail = firstText(&w, f.detail)
		}
	}
	if f.message == "" && f.word() == "" { // no JSON: a proxy's page, a line of text
		f.message = string(text[:min(len(text), 4096)])
	}
	return f
}

// firstText reads a string unless there is one already.
func firstText(w *walker, had string) string {
	s, ok := w.str()
	if !ok || had != "" {
		return had
	}
	return meaning(s[:min(len(s), failureText)])
}

// scalar reads a string or a number; anything else is empty. What is too long to be a code is none.
func scalar(w *walker) string {
	if s, ok := w.str(); ok {
		if len(s) > 64 {
			return ""
		}
		return meaning(s)
	}
	n := 0
	for n < len(w.rest()) && n < 20 && (w.rest()[n] >= '0' && w.rest()[n] <= '9') {
		n++
	}
	return string(w.rest()[:n])
}

// text is all that was said, in lower case, for phrases to be looked for. It may quote the prompt: it is never logged.
func (f *failure) text() string {
	if f.detail == "" {
		return strings.ToLower(f.message)
	}
	return strings.ToLower(f.message + "\n" + f.detail)
}

// saysNothing tells whether the value at the head of text says nothing: null, false, or an empty string, list or object. Some
// upstreams write an empty "error" into every answer.
func saysNothing(text []byte) bool {
	if len(text) < 2 {
		return true
	}
	switch text[0] {
	case 'n', 'f':
		return true
	case '"':
		return text[1] == '"'
	case '{', '[':
		end := afterBlanks(text, 1)
		return end < len(text) && text[end] == text[0]+2 // '}' and ']'
	}
	return false
}
