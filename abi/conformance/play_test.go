package conformance

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// fake is a session that answers what a test says.
type fake struct {
	answer Answer
	line   string
	replay error
	seen   upstream.Seen // sent to upstream a before the answer
	a      *upstream.Upstream
}

func (f *fake) Do(context.Context, *Call) (*Answer, error) {
	if f.seen.Method != "" {
		f.a.Respond(f.seen)
	}
	return &f.answer, nil
}
func (f *fake) Line(context.Context, string) ([]byte, error) { return []byte(f.line), nil }
func (f *fake) Replay([]byte) error                          { return f.replay }
func (f *fake) Wait(context.Context, time.Duration) error    { return nil }
func (f *fake) Wire() bool                                   { return true }
func (f *fake) Close() error                                 { return nil }
func header(pairs ...string) (h http.Header) {
	h = http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// good is a session on which the scenario of TestPlay passes.
func good() *fake {
	return &fake{
		answer: Answer{
			Status: 200, Body: []byte(`{"ok":true}`),
			Header: header("x-request-id", "s-1", "x-routeiq-deployment", "d", "x-routeiq-attempts", "2", "x-other", "1"),
		},
		line: `{"request_id":"s-1","status":200,"attempts":[{"deployment":"c","class":"connect"},{"deployment":"d","class":"ok","input":3,"output":4}],"left_out":[{"deployment":"e","reason":"api"}]}`,
		seen: upstream.Seen{
			Method: "POST", Path: "/v1/chat/completions", Body: []byte(`{"model":"up","messages":[{"role":"user","content":"Say hello."}]}`),
			Header: header("authorization", "Bearer key-a", "accept-encoding", "identity", "x-request-id", "s-1"),
		},
	}
}

// TestPlay: a scenario passes where all is as expected, and each of its expectations, and of what always holds, can fail.
func TestPlay(t *testing.T) {
	s, err := Parse("s", text(`call chat m key=sk-client
  expect 200 from d attempts=2 usage=3/4
  expect attempts c=connect d=ok
  expect left out e=api
  expect header "x-other: 1"
  expect no header x-none
  expect body contains "true"
  expect a saw header "authorization: Bearer key-a"
  expect a saw no header x-none
  expect a saw path /v1/chat/completions
  expect a saw body sent model=up
  expect a saw requests 1
`))
	if err != nil {
		t.Fatal(err)
	}
	play := func(f *fake) []error {
		f.a = upstream.New("a")
		return s.play(t.Context(), f, upstreams{"a": f.a})
	}
	if errs := play(good()); len(errs) > 0 {
		t.Fatalf("the good session: %v", errs)
	}
	for _, c := range []struct {
		name   string
		change func(*fake)
		want   string
	}{
		{"another status", func(f *fake) { f.answer.Status = 201 }, "status is 201"},
		{"another deployment in the header", func(f *fake) { f.answer.Header.Set("x-routeiq-deployment", "x") }, "header x-routeiq-deployment is x"},
		{"another deployment in the log", func(f *fake) { f.line = strings.ReplaceAll(f.line, `"d"`, `"x"`) }, "in the log is x"},
		{"another number of attempts", func(f *fake) { f.answer.Header.Set("x-routeiq-attempts", "1") }, "header x-routeiq-attempts is 1"},
		{"another usage", func(f *fake) { f.line = strings.Replace(f.line, `"input":3`, `"input":9`, 1) }, "usage is 9/4"},
		{"an estimate", func(f *fake) { f.line = strings.Replace(f.line, `"input":3`, `"input":3,"estimated":true`, 1) }, "being an estimate"},
		{"another class", func(f *fake) { f.line = strings.Replace(f.line, `"connect"`, `"reset"`, 1) }, "c=reset"},
		{"another reason", func(f *fake) { f.line = strings.Replace(f.line, `"api"`, `"pinned"`, 1) }, "e=pinned"},
		{"a decision that is not made again", func(f *fake) { f.replay = errors.New("attempt x / y") }, "decides otherwise: attempt x / y"},
		{"a header missing", func(f *fake) { f.answer.Header.Del("x-other") }, "header x-other"},
		{"a header too many", func(f *fake) { f.answer.Header.Set("x-none", "1") }, "header x-none is 1"},
		{"another body", func(f *fake) { f.answer.Body = []byte("{}") }, `the body contains not "true"`},
		{"another path", func(f *fake) { f.seen.Path = "/other" }, "path is /other"},
		{"another body upstream", func(f *fake) { f.seen.Body = []byte(`{"model":"up" ,"messages":[]}`) }, "they differ at byte 13"},
		{"no request upstream", func(f *fake) { f.seen.Method = "" }, "upstream a saw nothing"},

		{"always: another status in the log", func(f *fake) { f.line = strings.Replace(f.line, `:200`, `:201`, 1) }, "the log says status 201"},
		{"always: another revision in the log", func(f *fake) { f.answer.Header.Set("x-routeiq-revision", "r") }, "the client got r"},
		{"always: another request id", func(f *fake) { f.answer.Header.Set("x-request-id", "s-2") }, `x-request-id is "s-2"`},
		{"always: a header of Envoy's", func(f *fake) { f.answer.Header.Set("x-envoy-upstream-service-time", "1") }, "x-envoy-upstream-service-time"},
		{"always: the retry header", func(f *fake) { f.answer.Header.Set("x-routeiq-retry", "1") }, "the client got the header x-routeiq-retry"},
		{"always: a client's key upstream", func(f *fake) { f.seen.Header.Set("x-api-key", "sk-client") }, "saw the client's key"},
		{"always: another's key upstream", func(f *fake) { f.seen.Header.Set("x-api-key", "key-b") }, "saw another's key"},
		{"always: a header of ours upstream", func(f *fake) { f.seen.Header.Set("x-routeiq-credential", "d") }, "saw the header x-routeiq-credential"},
		{"always: an encoding asked for", func(f *fake) { f.seen.Header.Set("accept-encoding", "gzip") }, `asked for the encoding "gzip"`},
		{"always: another id upstream", func(f *fake) { f.seen.Header.Set("x-request-id", "s-9") }, `saw the request id "s-9"`},
		{"always: no JSON upstream", func(f *fake) { f.seen.Body = []byte(`{"model":`) }, "a body that is no JSON"},
		{"always: a key in the log", func(f *fake) { f.line = strings.Replace(f.line, `"c"`, `"key-a"`, 1) }, "the log line holds"},
		{"always: a prompt in the log", func(f *fake) { f.line = strings.Replace(f.line, `"c"`, `"Say hello."`, 1) }, "the log line holds"},
	} {
		f := good()
		c.change(f)
		if got := errors.Join(play(f)...); got == nil || !strings.Contains(got.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, got, c.want)
		}
	}
}

// TestRefusalsAreChecked: what is refused must be an error in the shape of the API called.
func TestRefusalsAreChecked(t *testing.T) {
	openai := `{"error":{"message":"No.","type":"t","param":null,"code":"c"}}`
	anthropic := `{"type":"error","error":{"type":"t","message":"No."}}`
	for _, c := range []struct{ api, status, body, contentType, retryAfter, want string }{
		{"chat", "400", openai, "application/json", "", ""},
		{"messages", "400", anthropic, "application/json", "", ""},
		{"chat", "503", openai, "application/json", "1", ""},
		{"chat", "400", anthropic, "application/json", "", "another API's shape"},
		{"messages", "400", openai, "application/json", "", "another API's shape"},
		{"chat", "400", "no", "application/json", "", "no error object"},
		{"chat", "400", openai, "text/plain", "", `content-type is "text/plain"`},
		{"chat", "503", openai, "application/json", "", "no retry-after"},
	} {
		s, err := Parse("s", text("call "+c.api+" m\n  expect "+c.status+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		f := &fake{answer: Answer{Status: 400, Body: []byte(c.body), Header: header("x-request-id", "s-1", "content-type", c.contentType)}}
		if c.status == "503" {
			f.answer.Status = 503
		}
		if c.retryAfter != "" {
			f.answer.Header.Set("retry-after", c.retryAfter)
		}
		got := errors.Join(s.play(t.Context(), f, upstreams{})...)
		if c.want == "" && got != nil || c.want != "" && (got == nil || !strings.Contains(got.Error(), c.want)) {
			t.Errorf("%s %s %s: got %v, want %q", c.api, c.status, c.body, got, c.want)
		}
	}
}

func TestShares(t *testing.T) {
	s, err := Parse("s", text("call chat m times=2\n  expect shares d=2\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := good()
	f.a = upstream.New("a")
	f.answer.Header.Set("x-request-id", "s-1.1")
	got := errors.Join(s.play(t.Context(), f, upstreams{"a": f.a})...)
	if got == nil || !strings.Contains(got.Error(), "s-1.2") {
		t.Errorf("two calls with one id: got %v", got)
	}
	if err := expectShares([]string{"d=3"}).check(&result{lines: []*Line{mustLine(t, f.line)}}); err == nil {
		t.Error("one answer passes for three")
	}
	if err := expectShares([]string{"c=0"}).check(&result{lines: []*Line{mustLine(t, f.line)}}); err == nil {
		t.Error("an answer of a deployment that is not named passes")
	}
	if err := expectShares([]string{"d=1"}).check(&result{lines: []*Line{mustLine(t, f.line)}}); err != nil {
		t.Error(err)
	}
}

func mustLine(t *testing.T, text string) *Line {
	t.Helper()
	l, err := ParseLine([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLines(t *testing.T) {
	lines := NewLines(func(line []byte) []byte {
		if len(line) == 0 || line[0] != '{' {
			return nil
		}
		return line
	})
	for _, part := range []string{"noise\n{\"request_", "id\":\"r1\"}\n{\"request_id\":\"r2\"}", "\n"} {
		if _, err := lines.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"r1", "r2"} {
		if _, err := lines.Await(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if err := lines.AwaitCount(t.Context(), 2); err != nil {
		t.Error(err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := lines.Await(ended, "r3"); err == nil {
		t.Error("a decision that was not logged is found")
	}
	if err := lines.AwaitCount(ended, 3); err == nil {
		t.Error("three decisions are counted")
	}
	if _, err := lines.Write([]byte("{no json\n")); err == nil {
		t.Error("a decision that is no JSON is taken")
	}
}
