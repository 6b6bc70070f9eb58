package vm

import (
	"reflect"
	"testing"
)

func TestPairs(t *testing.T) {
	lines := []Header{{":path", "/"}, {"empty", ""}, {"x", "a\x00b"}}
	b := make([]byte, pairsSize(lines))
	putPairs(b, lines)
	got, err := parsePairs(b)
	if err != nil || !reflect.DeepEqual(got, lines) {
		t.Errorf("%v %v", got, err)
	}
	if got, err = parsePairs(b[:len(b)-1]); err != nil || !reflect.DeepEqual(got, lines) {
		t.Errorf("without the last NUL: %v %v", got, err)
	}
}

func FuzzPairs(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'x', 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := parsePairs(b)
		if err != nil {
			return
		}
		out := make([]byte, pairsSize(lines))
		putPairs(out, lines)
		again, err := parsePairs(out)
		if err != nil || len(again) != len(lines) || len(lines) > 0 && !reflect.DeepEqual(again, lines) {
			t.Errorf("%q became %q: %v", lines, again, err)
		}
	})
}
