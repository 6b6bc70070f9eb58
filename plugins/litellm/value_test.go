package litellm

import "testing"

func TestReaders(t *testing.T) {
	scalar := func(text string, quoted bool) *node {
		return &node{kind: isScalar, file: "f", line: 1, path: "p", text: text, quoted: quoted}
	}
	read := func(n *node, what string) (any, bool, int) {
		c := &compiler{src: Source{Getenv: func(name string) (string, bool) { return "7", name == "SEVEN" }}, noted: map[string]*note{}}
		var v any
		var ok bool
		switch what {
		case "number":
			v, ok = c.number(n, 0, 100, "a number")
		case "whole":
			v, ok = c.whole(n, 0, 100, "a number")
		case "seconds":
			v, ok = c.milliseconds(n)
		case "boolean":
			v, ok = c.boolean(n)
		case "text":
			v, ok = c.text(n)
		}
		return v, ok, len(c.problems)
	}
	for _, r := range []struct {
		what, text string
		quoted     bool
		want       any // nil: refused
	}{
		{"number", "1.5", false, 1.5}, {"number", "1e1", false, 10.0}, {"number", " 3 ", true, 3.0}, {"number", "1_0", false, 10.0},
		{"number", "0x10", false, 16.0}, {"number", "0o17", false, 15.0}, {"number", "zz", true, nil}, {"number", "", true, nil},
		{"number", "101", false, nil}, {"number", "-1", false, nil}, {"number", "NaN", false, nil}, {"number", ".nan", false, nil}, {"number", "inf", false, nil},
		{"number", "os.environ/SEVEN", false, 7.0},
		{"whole", "10", true, 10}, {"whole", "10.0", false, 10}, {"whole", "10.5", false, nil}, {"whole", "1e300", false, nil},
		{"seconds", "0.5", false, 500}, {"seconds", "6000.0", false, 6_000_000}, {"seconds", "0", false, nil}, {"seconds", "1e9", false, nil},
		{"boolean", "yes", false, true}, {"boolean", "Off", false, false}, {"boolean", "True", true, true}, {"boolean", "0", true, false}, {"boolean", "2", false, nil},
		{"text", "2024-02-01", false, "2024-02-01"}, {"text", "os.environ/SEVEN", false, "7"},
	} {
		got, ok, problems := read(scalar(r.text, r.quoted), r.what)
		if r.want == nil {
			if ok || problems != 1 {
				t.Errorf("%s %q is taken as %v, with %d problems", r.what, r.text, got, problems)
			}
		} else if !ok || got != r.want || problems != 0 {
			t.Errorf("%s %q is %v, %v, with %d problems; expected %v", r.what, r.text, got, ok, problems, r.want)
		}
	}
	if _, ok, problems := read(nil, "whole"); ok || problems != 0 {
		t.Error("an absent value is read, or refused")
	}
	if _, ok, problems := read(scalar("os.environ/NOT_SET", false), "whole"); ok || problems != 0 {
		t.Error("a variable that is not set is read, or refused")
	}
}
