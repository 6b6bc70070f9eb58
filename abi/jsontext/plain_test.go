package jsontext

import (
	"bytes"
	"testing"
)

// FuzzPlain holds Plain against the definition, byte by byte, from every offset.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "plain", `12345678"`, "1234567\\", "\x1f\x20\x21", "\x80\xff\xa2\xdc\"", "!\"#[\\]", "\x00\x01\x22\x5c"} {
		f.Add([]byte(s))
		f.Add(append(bytes.Repeat([]byte("é"), 9), s...))
	}
	for c := range 256 { // each byte, in each place of eight
		f.Add(append(bytes.Repeat([]byte{'#'}, c%8), byte(c), '"', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for at := range len(text) + 1 {
			want := at
			for want < len(text) && text[want] != '"' && text[want] != '\\' && text[want] >= 0x20 {
				want++
			}
			if got := Plain(text, at); got != want {
				t.Fatalf("Plain(%q, %d) = %d, want %d", text, at, got, want)
			}
		}
	})
}

func BenchmarkPlain(b *testing.B) {
	text := append(bytes.Repeat([]byte("What is the capital? "), 50), '"')
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if Plain(text, 0) != len(text)-1 {
			b.Fatal("not at the quote")
		}
	}
}
