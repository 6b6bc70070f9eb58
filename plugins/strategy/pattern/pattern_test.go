package pattern

import "testing"

// FuzzLoad: no list of numbers makes a program that panics or does not end.
func FuzzLoad(f *testing.F) {
	f.Add([]byte{0, OpAlt, 1, 2, 0, OpRune, 0, 0, 2, 'a', 'z', OpMatch, 0, 0, 0}, "abc")
	f.Add([]byte{0, OpAlt, 0, 0, 0}, "x")
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		numbers := make([]int, len(b))
		for i, v := range b {
			numbers[i] = int(int8(v))
		}
		if p, err := Load(numbers); err == nil {
			p.Match(text)
		}
	})
}

func TestLoadRefuses(t *testing.T) {
	for _, numbers := range [][]int{nil, {0}, {1, OpMatch, 0, 0, 0}, {-1, OpMatch, 0, 0, 0}, {0, OpNop, 5, 0, 0}, {0, OpAlt, 0, 9, 0}, {0, 99, 0, 0, 0}, {0, OpRune, 0, 0, 1, 1}, {0, OpRune, 0, 0, 4, 1}, {0, OpMatch, 0}, make([]int, MaxLength+1)} {
		if _, err := Load(numbers); err == nil {
			t.Errorf("%v is taken", numbers[:min(len(numbers), 8)])
		}
	}
}
