package jsontext

import (
	"slices"
	"testing"
)

// The steps tell what the closures tell, and say where a text ends too early.
func TestStepsAgreeWithClosures(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"":1}`, ` { "a" : 1 , "\u0062":[2,[3]],"c":{"d":{}} } `, `{"a":1,}`, `{"a" 1}`, `{,}`, `{"a":1 "b":2}`, `{"a":1`, `{"a"`, `{`, `[]`, `7`,
	} {
		var keys, steps []string
		r := NewReader([]byte(text), 8)
		want := r.Object(func(key []byte) error {
			keys = append(keys, string(key))
			return r.Skip()
		})
		r = NewReader([]byte(text), 8)
		got := r.Enter(Object)
		for first := true; got == nil; first = false {
			var key []byte
			if key, got = r.NextMember(first); key == nil {
				break
			}
			steps = append(steps, string(key))
			got = r.Skip()
		}
		if !slices.Equal(keys, steps) || (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			t.Errorf("%s: steps say %q, %v; closures %q, %v", text, steps, got, keys, want)
		}
	}
}

func TestItems(t *testing.T) {
	for text, want := range map[string]int{`[]`: 0, ` [ 1 , [2,3] , {"a":[4]} ] `: 3, `[1,]`: -1, `[,1]`: -1, `[1 2]`: -1, `[1`: -1, `[`: -1, `{}`: -1} {
		r := NewReader([]byte(text), 8)
		n, err := 0, r.Enter(Array)
		for err == nil {
			var more bool
			if more, err = r.NextItem(n == 0); !more {
				break
			}
			n++
			err = r.Skip()
		}
		if err == nil {
			err = r.End()
		}
		if err != nil {
			n = -1
		}
		if n != want {
			t.Errorf("%s: %d elements, %v; want %d", text, n, err, want)
		}
	}
}
