package dialect

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// answerCase is a recorded answer and what must be read of it.
type answerCase struct {
	file     string
	status   int // 0: 200
	options  AnswerOptions
	verdict  Verdict
	class    abi.Class // empty: ok
	code     string
	usage    abi.Usage
	complete bool
}

// testAnswers feeds each file whole and in every cut.
func testAnswers(t *testing.T, api abi.API, cases []answerCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			text := recorded(t, string(api)+"/"+c.file)
			o := c.options
			o.Status, o.InputTokens, o.ContentType = max(c.status, 200), 1000, TypeJSON
			if c.file[:3] == "str" {
				o.ContentType, o.Stream = TypeEvents, true
			}
			if c.class == "" {
				c.class = abi.ClassOK
			}
			got := everyCut(t, api, o, text)
			if got.out != string(text) {
				t.Error("the answer was changed")
			}
			want := seen{got.out, c.verdict, c.class, c.code, c.usage, c.complete}
			if got != want {
				got.out, want.out = "", ""
				t.Errorf("\n got %+v\nwant %+v", got, want)
			}
			o.ContentEncoding = "gzip"
			if zip := everyCut(t, api, o, zipped(t, text)); zip.out != string(text) || zip.verdict != c.verdict || zip.class != c.class ||
				zip.code != c.code || zip.usage != c.usage || zip.complete != c.complete {
				t.Errorf("compressed: %+v", zip)
			}
		})
	}
}

// seen is all that an Answer says at its end.
type seen struct {
	out      string
	verdict  Verdict
	class    abi.Class
	code     string
	usage    abi.Usage
	complete bool
}

// feed feeds text in pieces that end at the given offsets.
func feed(api abi.API, o AnswerOptions, text []byte, cuts ...int) seen {
	return feedTo(NewAnswer(api, o), text, cuts...)
}

// feedUnlearned reads each event for itself.
func feedUnlearned(api abi.API, o AnswerOptions, text []byte) seen {
	a := NewAnswer(api, o)
	a.repeat.tries = repeatTries
	return feedTo(a, text)
}

func feedTo(a *Answer, text []byte, cuts ...int) seen {
	var out []byte
	at := 0
	for _, cut := range append(cuts, len(text)) {
		piece := bytes.Clone(text[at:cut])
		out = append(out, a.Feed(piece, cut == len(text) && at <= cut)...)
		clear(piece) // the caller's memory is used again
		at = cut
	}
	s := seen{out: string(out), verdict: a.Verdict(), usage: a.Usage(), complete: a.Complete()}
	s.class, s.code = a.Class()
	return s
}

// everyCut feeds text whole, byte by byte, and in two pieces for each place between; all must say the same.
func everyCut(t *testing.T, api abi.API, o AnswerOptions, text []byte) seen {
	t.Helper()
	want := feed(api, o, text)
	if got := feedUnlearned(api, o, text); got != want {
		t.Errorf("each event for itself:\n got %+v\nwant %+v", got, want)
	}
	var all []int
	for i := 1; i < len(text); i++ {
		all = append(all, i)
	}
	if got := feed(api, o, text, all...); got != want {
		t.Errorf("byte by byte:\n got %+v\nwant %+v", got, want)
	}
	for i := 1; i < len(text); i++ {
		if got := feed(api, o, text, i); got != want {
			t.Fatalf("cut at %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
	return want
}

func zipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fuzzAnswer is the fuzz target of one API's answers: any cut of any text says the same.
func fuzzAnswer(f *testing.F, api abi.API) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "dialect", string(api), "[ase]*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no recorded answers: %v", err)
	}
	for i, file := range files {
		f.Add(recorded(f, string(api)+"/"+filepath.Base(file)), uint64(i), uint8(i))
		f.Add(recorded(f, string(api)+"/"+filepath.Base(file)), uint64(i), uint8(i)|8)
	}
	f.Add([]byte("data:\"finish_reason\":\"\n\ndata:A"), uint64(38), uint8(9)) // a tail that is cut, behind the end
	f.Add([]byte("\xef\xbb\xbfdata:{\"usage\":{}}\r\rdata\n\ndata: [DONE]\r\n"), uint64(1), uint8(3))
	f.Fuzz(func(t *testing.T, text []byte, seed uint64, flags uint8) {
		if len(text) > 32<<10 { // below the bounds of what is looked at for a verdict
			return
		}
		o := AnswerOptions{Status: []int{200, 200, 400, 500}[flags&3], ContentType: TypeJSON, InputTokens: 3, HideUsage: flags&4 != 0}
		if flags&8 != 0 {
			o.ContentType, o.Stream = TypeEvents, true
		}
		if flags&16 != 0 {
			o.Owner = "dep"
		}
		if flags&32 != 0 {
			o.ContentEncoding = "gzip"
			if flags&64 != 0 {
				text = zipped(t, text)
			}
		}
		whole := feed(api, o, text)
		if a := NewAnswer(api, o); !a.Rewrites() {
			rest, same := strings.CutPrefix(string(text), whole.out)
			if !same || rest != "" && !a.Streams() {
				t.Fatalf("an answer that is not rewritten was changed")
			}
			if rest != "" && whole.complete && whole.class == abi.ClassOK { // what follows its end is passed on unless it is cut itself
				if last := cut(rest, len(rest)); len(last) == 0 || json.Valid([]byte(last[0][strings.Index(last[0], "=")+1:])) {
					t.Fatalf("%q was not passed on", rest)
				}
			}
			if at := strings.Index(rest, "\n\n"); at > 0 { // at 0 a byte order mark could still have come
				t.Fatalf("%q is a whole event and was not passed on", rest)
			}
		}
		if got := feedUnlearned(api, o, text); got != whole {
			t.Fatalf("each event for itself:\n got %+v\nwant %+v", got, whole)
		}
		random := rand.New(rand.NewPCG(seed, 1))
		var cuts []int
		for at := random.IntN(9); at < len(text); at += 1 + random.IntN(1+random.IntN(64)) {
			cuts = append(cuts, at)
		}
		if got := feed(api, o, text, cuts...); got != whole {
			t.Fatalf("cut at %v:\n got %+v\nwant %+v", cuts, got, whole)
		}
		if whole.verdict == Pending {
			t.Fatal("an answer that has ended has no verdict")
		}
		broken := NewAnswer(api, o)
		passed := bytes.Clone(broken.Feed(bytes.Clone(text[:random.IntN(len(text)+1)]), seed%2 == 0))
		if event := broken.Interrupted(&abi.Refusal{Status: 502, Message: "It broke off."}, "r"); event != nil {
			checkErrorEventLast(t, api, passed, event, "It broke off.")
		}
	})
}
