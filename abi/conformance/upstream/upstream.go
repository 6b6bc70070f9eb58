// Package upstream is a provider of language models for tests: it answers each of the APIs in the shape of the real ones,
// does what a script tells it to (fail, hang, break off, send events slowly), and remembers what it was sent.
//
// Upstream alone has no network, so the plain core can be tried against it; Server puts one on a loopback port.
package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// Upstream is one provider. It is safe for concurrent use.
type Upstream struct {
	Name string

	mu      sync.Mutex
	scripts []Script // of the step that is running; the last one repeats
	choose  func(Seen) Script
	seen    []*Seen                     // in that step
	read    int                         // events that the client of that step has read
	over    int                         // calls of that step that are over
	gauges  *Gauges                     // what /metrics tells; nil: there is no such page
	embed   func(text string) []float32 // what embeddings are; nil: see vectorOf
	made    map[string]*response
	lastID  int
	changed chan struct{} // closed and replaced when something was seen or somebody left
}

// New returns a provider that answers well.
func New(name string) *Upstream {
	return &Upstream{Name: name, made: map[string]*response{}, changed: make(chan struct{})}
}

// Seen is one request as it came in.
type Seen struct {
	Method string
	Path   string // with its query, as on the wire
	Host   string
	Header http.Header // nil where there is no network
	Body   []byte
	gone   bool // the client left before the answer's end
}

// Play begins a step: what was seen is forgotten, and the requests that come are answered by the scripts in turn, the last
// of them again and again. Without a script every answer is a good one.
func (u *Upstream) Play(scripts ...Script) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.scripts, u.choose, u.seen, u.read, u.over = scripts, nil, nil, 0, 0
}

// Gauges are what an inference server says of itself.
type Gauges struct{ CacheUsage, Waiting float64 }

// Gauge sets what the page /metrics tells from now on, as vLLM does.
func (u *Upstream) Gauge(g Gauges) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.gauges = &g
}

// metrics answers a request for /metrics. It is none of the step's.
func (u *Upstream) metrics() Reply {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.gauges == nil {
		return Reply{Status: http.StatusNotFound}
	}
	page := fmt.Sprintf("# TYPE vllm:kv_cache_usage_perc gauge\nvllm:kv_cache_usage_perc{engine=\"0\"} %g\nvllm:num_requests_waiting{engine=\"0\"} %g\n", u.gauges.CacheUsage, u.gauges.Waiting)
	return Reply{Status: http.StatusOK, Header: [][2]string{{"content-type", "text/plain; version=0.0.4"}}, Chunks: [][]byte{[]byte(page)}}
}

// Embed lets a function make the embeddings.
func (u *Upstream) Embed(embed func(text string) []float32) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.embed = embed
}

// Choose lets a function of the request script its answer, for requests that come in no order; what was seen is not kept.
func (u *Upstream) Choose(choose func(Seen) Script) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.scripts, u.choose, u.seen = nil, choose, nil
}

// Seen returns the requests of the step so far.
func (u *Upstream) Seen() []Seen {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]Seen, len(u.seen))
	for i, s := range u.seen {
		all[i] = *s
	}
	return all
}

// AwaitGone returns when a client of the step has left before its answer's end; false when ctx ended first.
func (u *Upstream) AwaitGone(ctx context.Context) bool {
	return u.await(ctx, func(s *Seen) bool { return s.gone })
}

// AwaitSeen returns when a request of the step has come; false when ctx ended first.
func (u *Upstream) AwaitSeen(ctx context.Context) bool {
	return u.await(ctx, func(*Seen) bool { return true })
}

func (u *Upstream) await(ctx context.Context, what func(*Seen) bool) bool {
	return u.awaitThat(ctx, func() bool { return slices.ContainsFunc(u.seen, what) })
}

// awaitThat returns when something holds; false when ctx ended first. It is asked with the lock held.
func (u *Upstream) awaitThat(ctx context.Context, holds func() bool) bool {
	for {
		u.mu.Lock()
		changed, found := u.changed, holds()
		u.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// Read is told how many events of its stream the client of the step has read.
func (u *Upstream) Read(events int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.read = events
	close(u.changed)
	u.changed = make(chan struct{})
}

// Over is told that a call of the step is over.
func (u *Upstream) Over() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.over++
	close(u.changed)
	u.changed = make(chan struct{})
}

// awaitRead returns when the client has read so many events; false when ctx ended first.
func (u *Upstream) awaitRead(ctx context.Context, events int) bool {
	return u.awaitThat(ctx, func() bool { return u.read >= events })
}

// awaitOver returns when so many calls are over; false when ctx ended first.
func (u *Upstream) awaitOver(ctx context.Context, calls int) bool {
	return u.awaitThat(ctx, func() bool { return u.over >= calls })
}

func (u *Upstream) left(s *Seen) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s.gone = true
	close(u.changed)
	u.changed = make(chan struct{})
}

// take records a request and returns the script that answers it.
func (u *Upstream) take(s *Seen) Script {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.choose != nil {
		return u.choose(*s)
	}
	u.seen = append(u.seen, s)
	close(u.changed)
	u.changed = make(chan struct{})
	switch n := len(u.seen); {
	case len(u.scripts) == 0:
		return Script{}
	case n <= len(u.scripts):
		return u.scripts[n-1]
	default:
		return u.scripts[len(u.scripts)-1]
	}
}

// Reply is what a request is answered with.
type Reply struct {
	Status int
	Header [][2]string
	Chunks [][]byte // of the body, sent one by one
	Every  time.Duration
	InStep bool
	After  int
	// Wait comes before all of it; WaitAfterHeaders: behind the headers.
	Wait             time.Duration
	WaitAfterHeaders bool
	LengthOff        int // what content-length states more than is sent, or less when it is negative
	End              End
}

// Respond answers a request.
func (u *Upstream) Respond(s Seen) Reply {
	return u.respond(&s)
}

func (u *Upstream) respond(s *Seen) Reply {
	if s.Method == http.MethodGet && s.Path == "/metrics" {
		return u.metrics()
	}
	script := u.take(s)
	switch script.End {
	case Hang, Reset, Close, Garble:
		return Reply{End: script.End}
	}
	q := read(s)
	r := Reply{
		Status: script.status(), Every: script.Every, InStep: script.InStep, After: script.After, End: script.End,
		Wait: script.Wait, WaitAfterHeaders: script.WaitAfterHeaders, LengthOff: script.LengthOff,
	}
	contentType := "application/json"
	switch {
	case script.Body != nil:
		r.Chunks = [][]byte{script.Body}
		if isStream(script.Body) {
			contentType, r.Chunks = "text/event-stream", events(script.Body)
		}
	case r.Status >= 400:
		r.Chunks = [][]byte{errorBody(q.api, r.Status, script.Error)}
	case script.failing() && script.Events == 0 && !q.Stream:
		r.Chunks = [][]byte{errorBody(q.api, 500, script.Error)}
	case script.Events > 0 || q.Stream:
		contentType = "text/event-stream"
		r.Chunks = u.stream(q, script)
	default:
		status, body := u.whole(q, script)
		if script.End.partial() {
			body = body[:len(body)/2]
		}
		if r.Chunks = [][]byte{body}; script.Status == 0 {
			r.Status = status
		}
	}
	if script.End == ResetAfterHeaders || script.End == HangAfterHeaders {
		r.Chunks = nil
	}
	if script.Gzip {
		r.Chunks = compress(r.Chunks)
		r.Header = append(r.Header, [2]string{"content-encoding", "gzip"})
	}
	if !named(script.Header, "content-type") {
		r.Header = append(r.Header, [2]string{"content-type", contentType})
	}
	r.Header = append(r.Header, script.Header...)
	return r
}

// isStream tells whether a body is made of events.
func isStream(body []byte) bool {
	return len(body) > 0 && body[0] == ':' || bytes.HasPrefix(body, []byte("data:")) || bytes.HasPrefix(body, []byte("event:"))
}

func named(headers [][2]string, name string) bool {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return true
		}
	}
	return false
}

// compress encodes chunks as one gzip stream, flushed after each, so that they still arrive one by one.
func compress(chunks [][]byte) [][]byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	out := make([][]byte, 0, len(chunks)+1)
	for _, c := range chunks {
		// Writing to a bytes.Buffer cannot fail.
		_, _ = z.Write(c)
		_ = z.Flush()
		out = append(out, bytes.Clone(buf.Bytes()))
		buf.Reset()
	}
	_ = z.Close()
	return append(out, bytes.Clone(buf.Bytes()))
}

// events cuts the text of a stream into its events.
func events(text []byte) [][]byte {
	var all [][]byte
	for len(text) > 0 {
		end := bytes.Index(text, []byte("\n\n"))
		if end < 0 {
			return append(all, text)
		}
		all = append(all, text[:end+2])
		text = text[end+2:]
	}
	return all
}

// request is what an answer depends on.
type request struct {
	api    abi.API
	method string
	id     string // of a response, from the path
	action string // behind the id in the path

	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Tools          []json.RawMessage `json:"tools"`
	Input          json.RawMessage   `json:"input"`
	EncodingFormat string            `json:"encoding_format"`
	PreviousID     string            `json:"previous_response_id"`
}

func read(s *Seen) request {
	path, _, _ := strings.Cut(s.Path, "?")
	q := request{method: s.Method}
	for _, api := range []abi.API{abi.APIChat, abi.APICompletions, abi.APIEmbeddings, abi.APIMessages} {
		if q.api == "" && strings.HasSuffix(path, strings.TrimPrefix(api.Path(), "/v1")) {
			q.api = api
		}
	}
	if _, rest, ok := strings.Cut(path, "/responses"); ok && q.api == "" {
		q.api = abi.APIResponses
		q.id, q.action, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	}
	// A body that is no JSON leaves all of it empty: the answer is then a refusal.
	if err := json.Unmarshal(s.Body, &q); err != nil && s.Method == http.MethodPost && q.action == "" {
		q.api = ""
	}
	return q
}

// stream returns the events of a streamed answer.
func (u *Upstream) stream(q request, s Script) [][]byte {
	if s.failing() {
		return u.failingStream(q, s)
	}
	return u.goodStream(q, s)
}

func (u *Upstream) goodStream(q request, s Script) [][]byte {
	switch q.api {
	case abi.APICompletions:
		return u.completionStream(q, s)
	case abi.APIResponses:
		return u.responseStream(q, s)
	case abi.APIMessages:
		return u.messageStream(q, s)
	default:
		return u.chatStream(q, s)
	}
}

// whole returns a good answer that is not streamed.
func (u *Upstream) whole(q request, s Script) (int, []byte) {
	switch q.api {
	case abi.APIChat:
		return 200, u.chat(q, s)
	case abi.APICompletions:
		return 200, u.completion(q, s)
	case abi.APIEmbeddings:
		return 200, u.embeddings(q, s)
	case abi.APIResponses:
		return u.responses(q, s)
	case abi.APIMessages:
		return 200, u.message(q, s)
	}
	return 404, errorBody(q.api, 404, "")
}

// next numbers what this provider makes.
func (u *Upstream) next() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lastID++
	return u.lastID
}

func (u *Upstream) id(prefix string) string { return prefix + u.Name + strconv.Itoa(u.next()) }

// text is what every answer says.
func (u *Upstream) text() string { return "Hello from " + u.Name + "." }
