package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// cut cuts text into events, fed in pieces of size bytes, and returns name=data of each.
func cut(text string, size int) (all []string) {
	var s events
	var held []byte
	for at := 0; ; at += size {
		end := at+size >= len(text)
		held = append(held, text[at:min(at+size, len(text))]...)
		for len(held) > 0 {
			n, ok := s.next(held, end)
			if !ok {
				break
			}
			event := held[:n]
			if len(s.data) > 0 {
				all = append(all, string(event[s.name.start:s.name.end])+"="+string(s.joined(event)))
			}
			s.reset()
			held = held[n:]
		}
		if end {
			return all
		}
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name, text, want string // of the events, with | between them
	}{
		{"plain", "data: a\n\ndata: b\n\n", "=a|=b"},
		{"named", "event: x\ndata: a\n\ndata: b\n\n", "x=a|=b"},
		{"no blank after the colon", "event:x\ndata:a\n\ndata:  two\n\n", "x=a|= two"},
		{"CRLF", "event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", "x=a|=b"},
		{"CR", "event: x\rdata: a\r\rdata: b\r\r", "x=a|=b"},
		{"mixed", "event: x\r\ndata: a\n\r\ndata: b\r\n\ndata: c\r\r\n", "x=a|=b|=c"},
		{"several lines", "data: {\ndata:  1\ndata: }\n\n", "={\n 1\n}"},
		{"comments", ": hello\n\ndata: a\n: more\n\n:\n\n", "=a"},
		{"other fields", "id: 7\nretry: 10\ndata: a\nfoo: b\nbar\n\n", "=a"},
		{"byte order mark", "\xef\xbb\xbfdata: a\n\n", "=a"},
		{"byte order mark later", "data: a\n\n\xef\xbb\xbfdata: b\n\n", "=a"},
		{"no blank line at the end", "data: a\n\ndata: b\n", "=a|=b"},
		{"no line end at the end", "data: a\n\nevent: x\ndata: b", "=a|x=b"},
		{"CR at the end", "data: a\n\ndata: b\r", "=a|=b"},
		{"empty data", "data\n\ndata:\n\ndata: \ndata\n\n", "=|=|=\n"},
		{"blank lines", "\n\n\r\n\rdata: a\n\n\n\n", "=a"},
		{"a name that is not read", "Data: a\nevents: b\n\n", ""},
		{"nothing", "", ""},
	} {
		for size := 1; size <= max(len(c.text), 1); size++ {
			if got := strings.Join(cut(c.text, size), "|"); got != c.want {
				t.Errorf("%s in pieces of %d: %q, want %q", c.name, size, got, c.want)
			}
		}
	}
}

// A recorded stream says the same with every line end.
func TestLineEndsDoNotMatter(t *testing.T) {
	text := string(recorded(t, "chat/stream_usage.sse"))
	o := AnswerOptions{Status: 200, ContentType: TypeEvents, Stream: true}
	want := everyCut(t, abi.APIChat, o, []byte(text))
	for _, end := range []string{"\r\n", "\r"} {
		other := strings.ReplaceAll(text, "\n", end)
		got := everyCut(t, abi.APIChat, o, []byte(other))
		if got.out != other {
			t.Errorf("with %q the text was changed", end)
		}
		if got.out = want.out; got != want {
			t.Errorf("with %q: %+v, want %+v", end, got, want)
		}
	}
}

// Bytes that are looked at together are found one by one: every byte, at every distance.
func TestLineStop(t *testing.T) {
	for c := range 256 {
		for distance := range 18 {
			text := []byte(strings.Repeat("\t\v\xffa", 5)[:distance] + string([]byte{byte(c)}) + "\x00\x0e123456789\r")
			want := strings.IndexAny(string(text), "\r\n")
			if got := lineStop(text, 0); got != want {
				t.Errorf("in %q: %d, want %d", text, got, want)
			}
			if got := lineStop(text[:want], 0); got != want {
				t.Errorf("in %q: %d, want its end", text[:want], got)
			}
		}
	}
}
