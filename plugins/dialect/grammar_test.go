package dialect

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func whole(text []byte) bool {
	var g grammar
	for at := 0; at < len(text); {
		n, _ := g.scan(text[at:])
		at += n
	}
	return g.whole()
}

// wellFormed is encoding/json's opinion of what an answer can be: an object or a list, nested as deep as we read.
func wellFormed(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text) && depth(text) <= grammarDepth
}

var grammarSeeds = []string{
	``, `{}`, `[]`, ` { } `, `1`, `"x"`, `{"a":1}`, `{"a":-0.5e+10,"b":[1,2,{}],"c":"\u00e9\n\"","d":true,"e":false,"f":null}`,
	`{"a":01}`, `{"a":1.}`, `{"a":.1}`, `{"a":-}`, `{"a":1e}`, `{"a":1e+}`, `{"a":0x1}`, `{"a":00}`, `{"a":-01}`, `{"a":1.2.3}`, `{"a":1e5e5}`,
	`{"a":tru}`, `{"a":truex}`, `{"a":nul}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x7f\xff\"}",
	`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{1:2}`, `[1,]`, `[,1]`, `[1 2]`, `{"a":1]`, `[1}`, `{}}`, `{} x`, `{"a":1}{}`, `[1`, `{"a`, "\xef\xbb\xbf{}",
	`[1,2.5,-3e-2,[[]],""]`, `{"a":{"b":{"c":[1,{"d":2}]}}}`,
}

func TestGrammarAgreesWithEncodingJSON(t *testing.T) {
	seeds := append(grammarSeeds,
		strings.Repeat("[", grammarDepth)+strings.Repeat("]", grammarDepth),
		strings.Repeat("[", grammarDepth+1)+strings.Repeat("]", grammarDepth+1),
		strings.Repeat(`{"a":`, grammarDepth)+"1"+strings.Repeat("}", grammarDepth))
	for _, text := range seeds {
		if got, want := whole([]byte(text)), wellFormed([]byte(text)); got != want {
			t.Errorf("whole(%.60q) = %v, encoding/json says %v", text, got, want)
		}
	}
}

func FuzzGrammar(f *testing.F) {
	for _, text := range grammarSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := whole(text), wellFormed(text); got != want {
			t.Errorf("whole(%q) = %v, encoding/json says %v", text, got, want)
		}
		collected := collect(text, len(text), nil)
		if again := collect(text, 1, nil); collected != again {
			t.Errorf("whole: %s\nbyte by byte: %s", collected, again)
		}
	})
}
