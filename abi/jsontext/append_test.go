package jsontext

import (
	"encoding/json"
	"testing"
)

// FuzzAppendString: what is written reads back, by this package and by encoding/json.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c\n\t\x01", "é😀", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := AppendString(nil, s)
		var want string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got, err := NewReader(text, 1).String()
		if err != nil || got != want || got != string([]rune(s)) {
			t.Fatalf("%q reads back as %q, %v", s, got, err)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	room := make([]byte, 0, 128)
	for _, s := range []string{"gpt-4o-mini", "a fallback to eu/gpt-4o, as us/gpt-4o is \"open\""} {
		b.Run(s[:5], func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				room = AppendString(room[:0], s)
			}
		})
	}
}
