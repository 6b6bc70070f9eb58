package vm

import (
	"reflect"
	"testing"
)

func TestHeaders(t *testing.T) {
	h := NewHeaders([]Header{{"a", "1"}, {"x-r-1", "p"}, {"a", "2"}, {"b", "3"}, {"x-r-2", "q"}})
	h.Set("a", "4")
	h.Add("b", "5")
	h.Add(":status", "200")
	h.Add(":status", "201")
	h.DelPrefix("x-r-")
	h.Del("none")
	want := []Header{{"a", "4"}, {"b", "3"}, {"b", "5"}, {":status", "201"}}
	if !reflect.DeepEqual(h.Lines(), want) {
		t.Errorf("%v", h.Lines())
	}
	h.Del("b")
	if h.Len() != 2 || h.Value("b") != "" || h.Size() != len("a4:status201") {
		t.Errorf("%v", h.Lines())
	}
	var none *Headers
	if none.Len() != 0 || none.Value("a") != "" || none.Lines() != nil {
		t.Error("a map that is not there must be empty")
	}
}

func TestFits(t *testing.T) {
	for _, bad := range []Header{{"", "x"}, {"A", "x"}, {"a b", "x"}, {"a\n", "x"}, {"é", "x"}, {"a", "x\ny"}, {"a", "x\r"}, {"a", "\x00"}} {
		if fits(bad.Name, bad.Value) {
			t.Errorf("%q fits", bad)
		}
	}
	if !fits(":path", "/ä b") {
		t.Error("a good one does not fit")
	}
}
