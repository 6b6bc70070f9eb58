package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestValidAgreesWithEncodingJSON(t *testing.T) {
	for _, text := range []string{
		``, ` `, `null`, `true`, `false`, `tru`, `nul`, `0`, `-0`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `1e9`, `-1.5E-3`,
		`""`, `"a`, `"\x"`, `"\u12"`, `"\u12zz"`, `"\ud83d\ude00"`, "\"\n\"", `[]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[`, `]`,
		`{}`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":1 "b":2}`, `{,}`, `{`, `1 2`, ` { "a" : [ { } , null ] } `,
	} {
		if got, want := Valid([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("Valid(%q) = %v, encoding/json says %v", text, got, want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if !Valid(deep(DefaultMaxDepth)) {
		t.Error("the deepest allowed text was refused")
	}
	if Valid(deep(DefaultMaxDepth + 1)) {
		t.Error("a deeper text was accepted")
	}
	if Valid([]byte(strings.Repeat(`{"a":`, 1_000_000))) {
		t.Error("a nesting bomb was accepted")
	}
}

func TestObjectGivesOffsets(t *testing.T) {
	text := []byte(` {"a": "x", "b" : [1, 2] }`)
	r := NewReader(text, 8)
	spans := map[string]string{}
	err := r.Object(func(key []byte) error {
		k := string(key)
		start := r.Pos()
		if err := r.Skip(); err != nil {
			return err
		}
		spans[k] = string(text[start:r.Offset()])
		return nil
	})
	if err != nil || r.End() != nil {
		t.Fatal(err)
	}
	if spans["a"] != `"x"` || spans["b"] != `[1, 2]` {
		t.Errorf("got %v", spans)
	}
}

func TestIntRefusesFractions(t *testing.T) {
	for _, text := range []string{"1.0", "1e2", "9223372036854775808", `"1"`} {
		if v, err := NewReader([]byte(text), 1).Int(); err == nil {
			t.Errorf("Int(%s) = %d, want an error", text, v)
		}
	}
}

// FuzzReader holds the reader against encoding/json: the same texts are valid, and a string means the same.
func FuzzReader(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9\ud83d\ude00"]}`, `"\ud800"`, `[[[[`, `-0.0`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if valid := json.Valid(text); Valid(text) != valid {
			if !valid || !tooDeep(text) {
				t.Fatalf("Valid(%q) = %v", text, !valid)
			}
		}
		var want string
		if !utf8.Valid(text) || json.Unmarshal(text, &want) != nil || want == "" {
			return
		}
		r := NewReader(text, DefaultMaxDepth)
		got, err := r.String()
		if err != nil || got != want {
			t.Fatalf("String(%q) = %q, %v; want %q", text, got, err, want)
		}
	})
}

func tooDeep(text []byte) bool {
	depth, deepest := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest > DefaultMaxDepth
}
