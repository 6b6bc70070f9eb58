package conformance

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// Call is a request of a client.
type Call struct {
	ID     string // x-request-id; "none": the client sends none
	API    abi.API
	Model  string
	Method string
	Path   string
	Stream bool
	Header [][2]string
	Body   []byte
	Times  int // how often it is made; more than once: the ids are ID.1, ID.2, …
	// Together: all of them at the same time, not one after the other.
	Together bool
	// Meanwhile: the steps that follow do not wait for its end, once an upstream has it. It ends before the scenario does.
	Meanwhile bool
	// Leaves is how many events the client reads before it leaves; -1: it stays; 0: it leaves as soon as an upstream has
	// its request.
	Leaves   int
	Chunked  bool // the body goes without its length
	HTTP2    bool // the client speaks HTTP/2, without TLS, from the start
	HalfBody bool // the client leaves in the middle of its body
	Continue bool // the client waits for "100 Continue" before it sends the body
	// Read is told how many events the client has read; nil: nobody wants to know.
	Read func(events int)
	// Keeps is the name under which the id of the response it makes is kept: {NAME} in a later path, body or
	// expectation means that id.
	Keeps string
}

// keep is a client that stays.
const keep = -1

// parseCall reads what stands behind "call".
func (s *Scenario) parseCall(w *words) (*Call, error) {
	c := &Call{Method: http.MethodPost, Times: 1, Leaves: keep}
	draft := draft{call: c}
	switch word := w.next(); word {
	case http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead, http.MethodPut, http.MethodOptions:
		c.Method, c.Path = word, w.next()
	default:
		c.API = abi.API(word)
		if c.Path = c.API.Path(); c.Path == "" {
			return nil, fmt.Errorf("%q is no API and no method; expected chat, completions, embeddings, responses, messages, or GET /path", word)
		}
		c.Model = w.next()
		if c.API == abi.APIMessages {
			c.Header = append(c.Header, [2]string{"anthropic-version", "2023-06-01"})
		}
	}
	for len(w.left) > 0 {
		if err := s.callOption(&draft, w); err != nil {
			return nil, err
		}
	}
	return c, draft.finish()
}

// draft is a call that is being read.
type draft struct {
	call    *Call
	members string // of the body, behind the usual ones
	says    string // the user's words; empty: the usual ones
	size    int
	gzip    bool
	raw     bool // the body is given
}

func (s *Scenario) callOption(d *draft, w *words) (err error) {
	c := d.call
	word := w.next()
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "stream":
		c.Stream = true
	case "usage":
		d.members += `,"stream_options":{"include_usage":true}`
	case "id":
		c.ID = value
	case "key":
		c.Header = append(c.Header, [2]string{"authorization", "Bearer " + value})
	case "header":
		h, err := w.header()
		if err != nil {
			return err
		}
		c.Header = append(c.Header, h)
	case "with":
		d.members += "," + w.next()
	case "body":
		d.raw = true
		c.Body, err = s.file(w.next())
	case "text":
		d.raw, c.Body = true, []byte(w.next())
	case "says":
		d.says = w.next()
	case "size":
		d.size, err = size(value)
	case "nested":
		d.raw = true
		n, err := w.number()
		if err != nil {
			return err
		}
		c.Body = fmt.Appendf(nil, `{"model":%q,"messages":%s%s}`, c.Model, strings.Repeat("[", n), strings.Repeat("]", n))
	case "gzip":
		d.gzip = true
	case "path":
		c.Path = value
	case "times", "together":
		c.Together = name == "together"
		if c.Times, err = count(value); err == nil && c.Times == 0 {
			err = fmt.Errorf("a call that is made no times")
		}
	case "meanwhile":
		c.Meanwhile = true
	case "http2":
		c.HTTP2 = true
	case "leaves":
		if w.skip("in", "its", "body") {
			c.HalfBody = true
			return nil
		}
		if !w.skip("after") {
			return fmt.Errorf("expected \"leaves after N events\" or \"leaves in its body\"")
		}
		c.Leaves, err = w.number()
		w.skip("events")
	case "chunked":
		c.Chunked = true
	case "expect-continue":
		c.Continue = true
	case "keeps":
		c.Keeps = value
	default:
		return fmt.Errorf("%q is no option of a call", word)
	}
	return err
}

// finish makes the body.
func (d *draft) finish() error {
	c := d.call
	if !d.raw && c.API != "" {
		c.Body = usualBody(c, cmp.Or(d.says, "Say hello."), d.members)
	}
	if pad := d.size - len(c.Body); pad > 0 {
		// A member that no dialect knows, of text that does not compress away to nothing in a reader's head.
		open := bytes.IndexByte(c.Body, '{')
		if open < 0 {
			return fmt.Errorf("a size needs a body that is an object")
		}
		filler := `"padding":"` + strings.Repeat("The quick brown fox. ", pad/21+1)[:max(pad-len(`"padding":"",`), 0)] + `",`
		c.Body = append(append(bytes.Clone(c.Body[:open+1]), filler...), c.Body[open+1:]...)
	}
	if d.gzip {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		if _, err := z.Write(c.Body); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		c.Body = buf.Bytes()
		c.Header = append(c.Header, [2]string{"content-encoding", "gzip"})
	}
	if len(c.Body) > 0 && c.header("content-type") == "" {
		c.Header = append(c.Header, [2]string{"content-type", "application/json"})
	}
	return nil
}

// usualBody is a small request of each API.
func usualBody(c *Call, says, members string) []byte {
	rest := ""
	switch c.API {
	case abi.APIChat:
		rest = `"messages":[{"role":"user","content":WORDS}]`
	case abi.APICompletions:
		rest = `"prompt":WORDS`
	case abi.APIEmbeddings:
		rest = `"input":WORDS`
	case abi.APIResponses:
		rest = `"input":WORDS`
	case abi.APIMessages:
		rest = `"max_tokens":64,"messages":[{"role":"user","content":WORDS}]`
	}
	if c.Stream {
		rest += `,"stream":true`
	}
	quoted, err := json.Marshal(says)
	if err != nil {
		panic(err) // a string always encodes
	}
	return fmt.Appendf(nil, `{"model":%q,%s%s}`, c.Model, strings.ReplaceAll(rest, "WORDS", string(quoted)), members)
}

// header returns a header of the call; "" when it has none.
func (c *Call) header(name string) string {
	for _, h := range c.Header {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// nth returns the call for its n-th time, with the ids that are kept filled in.
func (c *Call) nth(n int, kept *strings.Replacer) *Call {
	one := *c
	if c.Times > 1 {
		one.ID = fmt.Sprintf("%s.%d", c.ID, n)
	}
	one.Path = kept.Replace(c.Path)
	if len(c.Body) < 1<<16 { // no body of such a size names a response
		one.Body = []byte(kept.Replace(string(c.Body)))
	}
	return &one
}
