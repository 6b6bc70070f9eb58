package dialect

import (
	"bytes"
	"errors"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Body is what routing needs of a request's body, and where in it the rewritable parts stand. Offsets count bytes of
// the body that was read.
type Body struct {
	// Model is what the client asks for: the path's model where the path names one, else the body's.
	Model string
	// Stream: the answer is to be a stream of events.
	Stream bool
	// IncludeUsage: the client asked for the usage at the end of a stream (stream_options.include_usage).
	IncludeUsage bool
	// PreviousResponseID is the response this one continues, as the client knows it; empty: none.
	PreviousResponseID string

	// InputTokens estimates what must fit into one context window. See request for the rule.
	InputTokens int
	// TotalTokens estimates the whole input. It is larger than InputTokens only for a batch (embeddings, completions),
	// whose inputs each have a window of their own.
	TotalTokens int
	// Inputs is how many inputs the body holds: 1, or the size of a batch.
	Inputs int
	// Base64: embeddings are wanted as base64 of little-endian 32-bit floats (encoding_format).
	Base64 bool
	// Needs are the capabilities the request uses: abi.Need… words, each once.
	Needs []string
	// Asked is what the client asks of the gateway: num_retries, timeout, stream_timeout, fallbacks, disable_fallbacks.
	// Rewrite takes these members out.
	Asked abi.Asked
	// User is the body's "user", where that is a text of at most 256 bytes.
	User string
	// Hints are what the client says of the request. Rewrite takes these members out.
	Hints Hints

	api     abi.API
	size    int
	written string // the body's own "model"

	modelAt    span // of the value, with its quotes
	previousAt span // of previous_response_id's value; empty when it is absent or null
	optionsAt  span // of stream_options' value
	optionsSet bool // stream_options is an object
	includeAt  span // of include_usage's value
	insert     int  // just behind the opening brace
	empty      bool // the object has no member
	optInsert  int  // just behind the opening brace of stream_options
	optEmpty   bool
	cuts       []span // the members that no upstream is to see, each with a comma; in order
}

// span is a range of bytes; end 0 means there is none.
type span struct{ start, end int }

func (s span) none() bool { return s.end == 0 }

// request reads one body.
//
// The estimate of its input: a quarter of the bytes, rounded up, of the members that the model reads (messages, input,
// prompt, system, instructions, tools), JSON punctuation included, which stands for the tokens that roles and turns
// cost. Payloads do not count: a string of 1,024 bytes or more that is a base64 data: URL, or that looks like base64
// and is named data, file_data, b64_json, result or encrypted_content. In a batch that is given as token numbers, each
// number is one token.
type request struct {
	r    jsontext.Reader
	text []byte
	b    Body

	refusal *abi.Refusal
	seen    uint32 // members that may be there once, as bits
	lead    int    // up to here nothing of the object stays: members were cut, or there was none
	bytes   int    // that the model reads
	payload int    // of bytes: do not count
	largest int    // tokens of a batch's largest input
	batch   int    // tokens of all inputs of a batch

	asks        []fallback // nil: there is no "fallbacks"
	noFallbacks bool
	hints       [hintPlaces]Hints // by where they stand
}

const (
	seenModel uint32 = 1 << iota
	seenStream
	seenOptions
	seenPrevious
	seenRetries // and the others of gateway, in its order
)

// errRefused ends the reading; the reason is in request.refusal.
var errRefused = errors.New("refused")

// ReadBody reads the body of an OpCreate call. It reads the whole text in one pass and refuses with status 400 what is
// not one JSON object with one non-empty string "model" (none is needed if the path names it), what holds a member
// twice that decides the routing, and what would direct the call elsewhere. Members it does not know are left alone.
func ReadBody(call Call, body []byte) (Body, *abi.Refusal) {
	q := request{
		r: *jsontext.NewReader(body, jsontext.DefaultMaxDepth), text: body,
		b: Body{Model: call.Model, Inputs: 1, api: call.API, size: len(body)},
	}
	if refusal := q.read(); refusal != nil {
		return Body{}, refusal
	}
	tokens := tokensOf(q.bytes - q.payload)
	q.b.InputTokens, q.b.TotalTokens = tokens+q.largest, tokens+q.batch
	return q.b, nil
}

// tokensOf estimates the tokens of n bytes of text: four bytes are one token, in English and (at three bytes a
// character in UTF-8) roughly in Chinese too.
func tokensOf(n int) int { return (n + 3) / 4 }

func (q *request) read() *abi.Refusal {
	if kind := q.r.Peek(); kind != jsontext.Object && kind != jsontext.Invalid {
		return badBody("invalid_json", "", "The body must be a JSON object, not "+kind.String()+".")
	}
	q.b.insert = q.r.Pos() + 1
	err := q.r.Enter(jsontext.Object)
	q.lead = q.b.insert
	for first := true; err == nil; first = false {
		var key []byte
		from := q.r.Offset()
		if key, err = q.r.NextMember(first); key == nil {
			q.b.empty = from == q.lead
			break
		}
		err = q.member(key, from)
	}
	if err == nil {
		err = q.r.End()
	}
	if err == nil {
		err = q.settleHints()
	}
	q.settleFallbacks()
	switch {
	case q.refusal != nil:
		return q.refusal
	case err != nil:
		return badBody("invalid_json", "", "The body is not valid JSON: "+err.Error()+".")
	case q.b.Model == "":
		return badBody("missing_required_parameter", "model", `The body must name a "model".`)
	}
	return nil
}

// member reads one member; from is where the one before it ended.
func (q *request) member(key []byte, from int) error {
	switch string(key) {
	case "model":
		return q.model()
	case "user":
		return q.user()
	case "api_key", "api_base", "base_url", "api_version", "azure_ad_token", "user_config":
		// LiteLLM lets a client direct a call with these; here only the configuration does.
		return q.refuse("unsupported_parameter", string(key),
			"api_key, api_base and base_url (and api_version, azure_ad_token, user_config) are not accepted in a body: remove "+string(key)+".")
	}
	// Upstreams that read names without regard to case would take the last of "model" and "Model".
	if len(key) == len("model") && key[0]|0x20 == 'm' && bytes.EqualFold(key, []byte("model")) {
		if err := q.once(seenModel, "model"); err != nil {
			return err
		}
	}
	if known, err := q.known(key); known || err != nil {
		return err
	}
	if which := gatewayOf(key); which != noGateway {
		return q.ask(which, key, from)
	}
	return q.r.Skip()
}

// known reads a member that the API knows (see variant.member). It does not call through the interface, so that a
// request stays on the stack.
func (q *request) known(key []byte) (bool, error) {
	switch q.b.api {
	case abi.APICompletions:
		return completions{}.member(q, key)
	case abi.APIEmbeddings:
		return embeddings{}.member(q, key)
	case abi.APIResponses:
		return responses{}.member(q, key)
	case abi.APIMessages:
		return messages{}.member(q, key)
	}
	return chat{}.member(q, key)
}

func (q *request) refuse(code, param, msg string) error {
	q.refusal = badBody(code, param, msg)
	return errRefused
}

func badBody(code, param, msg string) *abi.Refusal {
	return &abi.Refusal{Status: 400, Code: code, Param: param, Message: msg}
}

// once refuses a member that was seen already: an upstream might take the other one.
func (q *request) once(bit uint32, name string) error {
	if q.seen&bit != 0 {
		return q.twice(name)
	}
	q.seen |= bit
	return nil
}

func (q *request) twice(name string) error {
	return q.refuse("duplicate_parameter", name, `The body holds "`+name+`" more than once.`)
}

func (q *request) wrongType(name, want string) error {
	return q.refuse("invalid_type", name, "Invalid type for '"+name+"': expected "+want+", got "+q.r.Peek().String()+".")
}

func (q *request) wrongValue(name, want string) error {
	return q.refuse("invalid_value", name, "Invalid value for '"+name+"': expected "+want+".")
}

func (q *request) model() error {
	if err := q.once(seenModel, "model"); err != nil {
		return err
	}
	start := q.r.Pos()
	if kind := q.r.Peek(); kind != jsontext.String && kind != jsontext.Invalid {
		return q.wrongType("model", "a string")
	}
	name, err := q.r.String()
	if err != nil {
		return err
	}
	if name == "" {
		return q.refuse("missing_required_parameter", "model", `"model" must not be empty.`)
	}
	q.b.written, q.b.modelAt = name, span{start, q.r.Offset()}
	if q.b.Model == "" {
		q.b.Model = name
	}
	return nil
}

// flag reads a boolean member; null is false. Text that is no value at all is left to the reader's own refusal.
func (q *request) flag(name string) (bool, error) {
	switch q.r.Peek() {
	case jsontext.Bool:
		return q.r.Bool()
	case jsontext.Null:
		return false, q.r.Null()
	case jsontext.Invalid:
		return false, q.r.Skip()
	}
	return false, q.wrongType(name, "a boolean")
}

func (q *request) stream() error {
	if err := q.once(seenStream, "stream"); err != nil {
		return err
	}
	on, err := q.flag("stream")
	if err != nil {
		return err
	}
	q.b.Stream = on
	if on {
		q.need(abi.NeedStreaming)
	}
	return nil
}

// streamOptions reads stream_options of chat completions and completions.
func (q *request) streamOptions() error {
	if err := q.once(seenOptions, "stream_options"); err != nil {
		return err
	}
	b := &q.b
	b.optionsAt.start = q.r.Pos()
	switch q.r.Peek() {
	case jsontext.Object:
		b.optionsSet, b.optEmpty, b.optInsert = true, true, q.r.Pos()+1
	case jsontext.Null, jsontext.Invalid:
		err := q.r.Skip()
		b.optionsAt.end = q.r.Offset()
		return err
	default:
		return q.wrongType("stream_options", "an object")
	}
	err := q.r.Object(func(key []byte) error {
		b.optEmpty = false
		if string(key) != "include_usage" {
			return q.r.Skip()
		}
		if !b.includeAt.none() {
			return q.refuse("duplicate_parameter", "stream_options.include_usage", `"stream_options" holds "include_usage" more than once.`)
		}
		start := q.r.Pos()
		on, err := q.flag("stream_options.include_usage")
		b.IncludeUsage, b.includeAt = on, span{start, q.r.Offset()}
		return err
	})
	b.optionsAt.end = q.r.Offset()
	return err
}

// previous reads previous_response_id.
func (q *request) previous() error {
	if err := q.once(seenPrevious, "previous_response_id"); err != nil {
		return err
	}
	start := q.r.Pos()
	switch q.r.Peek() {
	case jsontext.Null, jsontext.Invalid:
		return q.r.Skip()
	case jsontext.String:
	default:
		return q.wrongType("previous_response_id", "a string")
	}
	id, err := q.r.String()
	if err == nil && id != "" {
		q.b.PreviousResponseID, q.b.previousAt = id, span{start, q.r.Offset()}
	}
	return err
}

// need notes a capability, once.
func (q *request) need(word string) {
	for _, had := range q.b.Needs {
		if had == word {
			return
		}
	}
	q.b.Needs = append(q.b.Needs, word)
}
