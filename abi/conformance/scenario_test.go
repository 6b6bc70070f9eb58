package conformance

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// text makes a scenario around its steps.
func text(steps string) []byte {
	return []byte("It shows something.\n-- config.yaml --\nmodel_list: []\n-- a.json --\n{\"a\":1}\n-- env --\nNAME=value\n-- steps --\n" + steps)
}

func TestParse(t *testing.T) {
	s, err := Parse("some", text(`
# a comment
call chat gpt stream usage key=sk-1 header "x-foo: bar baz" with "\"n\":2" # another
  a answers 503 header "retry-after: 3"
  a streams 5 events every 10ms usage=12/40 gzip
  b breaks after 2 events
  expect 200 from d attempts=2
wait 300ms
call GET /v1/models id=none
  expect 200
call messages claude times=3 leaves after 2 events
  expect gone
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Says != "It shows something." || s.Env["NAME"] != "value" || len(s.Steps) != 4 {
		t.Fatalf("read %+v", s)
	}
	c := s.Steps[0].Call
	if c.ID != "some-1" || c.Path != "/v1/chat/completions" || !c.Stream || c.header("authorization") != "Bearer sk-1" || c.header("x-foo") != "bar baz" {
		t.Errorf("the first call is %+v", c)
	}
	const body = `{"model":"gpt","messages":[{"role":"user","content":"Say hello."}],"stream":true,"stream_options":{"include_usage":true},"n":2}`
	if string(c.Body) != body {
		t.Errorf("its body is %s", c.Body)
	}
	scripts := s.Steps[0].Scripts["a"]
	if len(scripts) != 2 || scripts[0].Status != 503 || scripts[0].Header[0] != [2]string{"retry-after", "3"} {
		t.Errorf("a's scripts are %+v", scripts)
	}
	if x := scripts[1]; x.Events != 5 || x.Every != 10*time.Millisecond || *x.Usage != (upstream.Usage{Input: 12, Output: 40}) || !x.Gzip {
		t.Errorf("a's second script is %+v", x)
	}
	if x := s.Steps[0].Scripts["b"][0]; x.End != upstream.Break || x.Events != 2 {
		t.Errorf("b's script is %+v", x)
	}
	if s.Steps[1].Wait != 300*time.Millisecond || s.Steps[2].Call.ID != "none" || s.Steps[2].Call.Method != "GET" {
		t.Errorf("the steps between are %+v, %+v", s.Steps[1], s.Steps[2].Call)
	}
	if last := s.Steps[3].Call; last.ID != "some-3" || last.Times != 3 || last.Leaves != 2 || last.header("anthropic-version") == "" {
		t.Errorf("the last call is %+v", last)
	}
}

// TestParseFaults: each thing an upstream can do wrong, as it is written.
func TestParseFaults(t *testing.T) {
	for line, want := range map[string]upstream.Script{
		"waits 3s":                              {Wait: 3 * time.Second},
		"waits 300ms after headers gzip":        {Wait: 300 * time.Millisecond, WaitAfterHeaders: true, Gzip: true},
		"hangs":                                 {End: upstream.Hang},
		"hangs after headers":                   {End: upstream.HangAfterHeaders},
		"stalls after 2 events":                 {End: upstream.Stall, Events: 2},
		"stops after 2 events":                  {End: upstream.Stop, Events: 2},
		"resets":                                {End: upstream.Reset},
		"resets after headers":                  {End: upstream.ResetAfterHeaders},
		"resets after 2 events":                 {End: upstream.ResetInBody, Events: 2},
		"closes":                                {End: upstream.Close},
		"garbles":                               {End: upstream.Garble},
		"fails in its first event":              {ErrorFirst: true, Events: 1},
		"fails after its opening error=auth":    {ErrorOpened: true, Events: 1, Error: "auth"},
		"fails after 2 events error=context":    {ErrorLater: true, Events: 2, Error: "context"},
		"answers 400 error=content":             {Status: 400, Error: "content"},
		"answers 200 length=+20":                {Status: 200, LengthOff: 20},
		"streams 3 events length=-20":           {Events: 3, LengthOff: -20},
		"streams 3 events every 1ms early":      {Events: 3, Every: time.Millisecond, Early: true},
		"answers 200 size=1KiB after 2 calls":   {Status: 200, Size: 1 << 10, After: 2},
		"streams 3 events in step usage=1/2":    {Events: 3, InStep: true, Usage: &upstream.Usage{Input: 1, Output: 2}},
		"answers 200 without usage body a.json": {Status: 200, NoUsage: true, Body: []byte(`{"a":1}`)},
	} {
		s, err := Parse("some", text("call chat m\n  a "+line+"\n  expect 200\n"))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := s.Steps[0].Scripts["a"][0]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, expected %+v", line, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, steps, want string }{
		{"nothing", "", "no call"},
		{"a call that expects nothing", "call chat m\n", "expects nothing"},
		{"an unknown API", "call chit m\n  expect 200\n", `"chit" is no API`},
		{"an unknown option", "call chat m loudly\n  expect 200\n", `"loudly" is no option`},
		{"an unknown verb", "call chat m\n  a sings\n  expect 200\n", `"sings" is nothing an upstream does`},
		{"a stall without a place", "call chat m\n  a stalls\n  expect 200\n", "stalls after N events"},
		{"a failure without a place", "call chat m\n  a fails\n  expect 200\n", "fails after its opening"},
		{"an unknown error", "call chat m\n  a answers 400 error=odd\n  expect 200\n", `"odd", expected one of auth, content, context`},
		{"a length that is right", "call chat m\n  a answers 200 length=0\n  expect 200\n", "by how much it is wrong"},
		{"an upstream of two letters", "call chat m\n  ab answers 200\n  expect 200\n", "the letter of an upstream"},
		{"an unknown expectation", "call chat m\n  expect joy\n", `"joy" is nothing to expect`},
		{"an unknown part of an answer", "call chat m\n  expect 200 loudly\n", `"loudly" is nothing an answer has`},
		{"a file that is not there", "call chat m body b.json\n  expect 200\n", `no file "b.json"`},
		{"quotes that do not close", "call chat m header \"x: y\n  expect 200\n", "not closed"},
		{"a script below no call", "a answers 200\n", "below no call"},
		{"a wait that is none", "wait long\ncall chat m\n  expect 200\n", "invalid duration"},
		{"words behind the end", "call chat m\n  expect no header x-a x-b\n", `not understood from "x-b"`},
	} {
		_, err := Parse("some", text(c.steps))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"no sentence", "-- config.yaml --\n-- steps --\n", "a sentence"},
		{"no steps", "It is.\n-- config.yaml --\n", "config.yaml and steps"},
		{"a file twice", "It is.\n-- a --\n-- a --\n", "stands twice"},
	} {
		if _, err := Parse("some", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestBodies(t *testing.T) {
	s, err := Parse("some", text("call chat m size=5000 gzip\n  expect 200\ncall chat m nested 3\n  expect 400\ncall chat m body a.json\n  expect 400\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Steps[0].Call; c.header("content-encoding") != "gzip" || len(c.Body) > 1000 || c.Body[0] != 0x1f {
		t.Errorf("the body is not encoded: %d bytes", len(c.Body))
	}
	if got := string(s.Steps[1].Call.Body); got != `{"model":"m","messages":[[[]]]}` {
		t.Errorf("nested: %s", got)
	}
	if got := string(s.Steps[2].Call.Body); got != `{"a":1}` {
		t.Errorf("from a file: %s", got)
	}
	s, err = Parse("some", text("call chat m size=1MiB\n  expect 200\n"))
	if err != nil || len(s.Steps[0].Call.Body) != 1<<20 {
		t.Errorf("a size of 1 MiB gives %d bytes, %v", len(s.Steps[0].Call.Body), err)
	}
}

// TestEveryScenarioIsRead: the files themselves are right, and each shows something different.
func TestEveryScenarioIsRead(t *testing.T) {
	all, err := Read("../../testdata/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	says := map[string]string{}
	for _, s := range all {
		if other := says[s.Says]; other != "" {
			t.Errorf("%s says the same as %s", s.Name, other)
		}
		says[s.Says] = s.Name
		if !strings.HasSuffix(s.Says, ".") && !strings.HasSuffix(s.Says, ")") {
			t.Errorf("%s does not say what it shows in a sentence: %q", s.Name, s.Says)
		}
	}
	if len(all) < 30 {
		t.Errorf("%d scenarios, expected 30 at least", len(all))
	}
	if _, err := ReadExceptions("../../testdata/scenarios/exceptions.txt", all); err != nil {
		t.Error(err)
	}
}

// FuzzParse: no text makes Parse panic, and what it takes has something to prove.
func FuzzParse(f *testing.F) {
	f.Add(text("call chat m stream leaves after 2 events\n  a streams 3 events every 1ms in step\n  expect 200 from d\n"))
	f.Add(text("call POST /v1/x text \"{}\" size=100 times=2\n  a answers 503 early\n  expect left out a=b\nwait 1s\n"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		s, err := Parse("some", archive)
		if err != nil {
			return
		}
		calls := 0
		for _, step := range s.Steps {
			if step.Call != nil {
				calls++
				if len(step.Expects) == 0 {
					t.Errorf("line %d: a call that expects nothing was taken", step.Line)
				}
			}
		}
		if calls == 0 {
			t.Error("a scenario without a call was taken")
		}
	})
}
