package dialect

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestGunzip(t *testing.T) {
	text := []byte(strings.Repeat("compressible ", 1000))
	good := zipped(t, text)
	two := append(bytes.Clone(good), good...)
	damaged := bytes.Clone(good)
	damaged[len(damaged)-6] ^= 1 // in the checksum
	for _, c := range []struct {
		name  string
		in    []byte
		limit int
		want  int // bytes
		err   error
	}{
		{"exactly the limit", good, len(text), len(text), nil},
		{"one above the limit", good, len(text) - 1, 0, ErrTooLarge},
		{"two members", two, 2 * len(text), 2 * len(text), nil},
		{"nothing in it", zipped(t, nil), 0, 0, nil},
		{"bomb", zipped(t, make([]byte, 64<<20)), 1 << 20, 0, ErrTooLarge},
		{"empty", nil, 100, 0, ErrNotGzip},
		{"plain", text, 1 << 20, 0, ErrNotGzip},
		{"cut", good[:len(good)-1], 1 << 20, 0, ErrNotGzip},
		{"damaged", damaged, 1 << 20, 0, ErrNotGzip},
		{"text behind it", append(bytes.Clone(good), "tail"...), 1 << 20, 0, ErrNotGzip},
	} {
		out, err := Gunzip(c.in, c.limit)
		if !errors.Is(err, c.err) || len(out) != c.want {
			t.Errorf("%s: %d bytes, %v; want %d, %v", c.name, len(out), err, c.want, c.err)
		}
	}
}

func FuzzGunzip(f *testing.F) {
	f.Add(zipped(f, []byte("text")), 10)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		limit = min(max(limit, 0), 1<<20)
		out, err := Gunzip(in, limit)
		if len(out) > limit || err != nil && out != nil {
			t.Fatalf("%d bytes with a limit of %d, %v", len(out), limit, err)
		}
		if back, err := Gunzip(zipped(t, in), len(in)); err != nil || !bytes.Equal(back, in) {
			t.Fatalf("came back as %q, %v", back, err)
		}
	})
}

// What an upstream flushed comes out with the chunk that holds it: a stream does not wait for its end.
func TestGzipStreamIsNotHeldBack(t *testing.T) {
	var wire bytes.Buffer
	w := gzip.NewWriter(&wire)
	a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, ContentEncoding: "gzip", Stream: true})
	for i, event := range strings.SplitAfter(string(recorded(t, "chat/stream.sse")), "\n\n") {
		if _, err := w.Write([]byte(event)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := string(a.Feed(wire.Bytes(), false)); got != event {
			t.Errorf("event %d came out as %q, want %q", i, got, event)
		}
		wire.Reset()
		if i == 1 && a.Verdict() != Good {
			t.Error("no verdict after the first event with text")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := a.Feed(wire.Bytes(), true); len(got) != 0 {
		t.Errorf("the end came out as %q", got)
	}
	if class, _ := a.Class(); class != abi.ClassOK || !a.Complete() {
		t.Errorf("ended as %s", class)
	}
}

// Every cut of every kind of deflate block says the same.
func TestGzipCuts(t *testing.T) {
	text := recorded(t, "chat/stream_usage.sse")
	for _, level := range []int{gzip.NoCompression, gzip.BestSpeed, gzip.BestCompression, gzip.HuffmanOnly} {
		var wire bytes.Buffer
		w, err := gzip.NewWriterLevel(&wire, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		o := AnswerOptions{Status: 200, ContentType: TypeEvents, ContentEncoding: "gzip"}
		if got := everyCut(t, abi.APIChat, o, wire.Bytes()); got.out != string(text) || !got.complete {
			t.Errorf("level %d: %+v", level, got)
		}
	}
}

// An answer that is given up leaves no coroutine behind, whether it was fed or not; and it was not malformed.
func TestCloseEndsTheDecoder(t *testing.T) {
	wire := zipped(t, bytes.Repeat([]byte("x"), 10_000))
	before := runtime.NumGoroutine()
	for i := range 100 {
		a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeEvents, ContentEncoding: "gzip"})
		if i%2 == 0 {
			a.Feed(wire[:12], false)
		}
		a.Close()
		if a.decoder.broken {
			t.Fatal("an answer that was given up is taken for a broken one")
		}
		if a.Feed(wire, true) != nil {
			t.Fatal("a closed answer returned something")
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d coroutines are left", after-before)
	}
}
