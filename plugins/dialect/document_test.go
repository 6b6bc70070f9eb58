package dialect

import (
	"bytes"
	"strings"
	"testing"
)

// collector keeps every member, and replaces some.
type collector struct {
	log     strings.Builder
	replace map[string]string
}

func (c *collector) member([]byte) (keep, edit bool) { return true, c.replace != nil }

func (c *collector) value(key, value []byte) []byte {
	c.log.WriteString(string(key) + "=" + string(value) + ";")
	if became, ok := c.replace[string(key)]; ok {
		return []byte(became)
	}
	return nil
}

// collect feeds text in pieces of size bytes and returns what was told and what came out.
func collect(text []byte, size int, replace map[string]string) string {
	c := &collector{replace: replace}
	var d document
	var out []byte
	for at := 0; at < len(text); at += size {
		piece := bytes.Clone(text[at:min(at+size, len(text))])
		if replace == nil {
			out = append(out, d.feed(piece, c, false, nil)...)
		} else {
			out = d.feed(piece, c, true, out)
		}
		clear(piece)
	}
	if replace != nil {
		out = d.flush(out)
	}
	return c.log.String() + " > " + string(out)
}

func TestDocumentHandsMembersOver(t *testing.T) {
	for _, c := range []struct{ text, told, out string }{
		{`{"id":"a","n":12,"o":{"id":"in"},"l":[{"id":1}],"t":true , "z":null}`, `id="a";n=12;o={"id":"in"};l=[{"id":1}];t=true;z=null;`, `{"id":"NEW","n":12,"o":{"id":"in"},"l":[{"id":1}],"t":true , "z":0}`},
		{` { "z" : -1.5e3 } `, `z=-1.5e3;`, ` { "z" : 0 } `},
		{`{"id":"\"}\\"}`, `id="\"}\\";`, `{"id":"NEW"}`},
		{`[{"id":"a"}]`, ``, `[{"id":"a"}]`}, // no member of an outermost object
		{`{"id":"cut`, ``, `{"id":"cut`},
		{`{"id":"bad` + "\n" + `","z":1}`, ``, `{"id":"bad` + "\n" + `","z":1}`},
		{`{"id":1x,"id":2}`, `id=1;`, ``}, // what came after is broken; what came before was told
		{`no JSON`, ``, `no JSON`},
	} {
		for size := 1; size <= len(c.text); size++ {
			if got := collect([]byte(c.text), size, nil); got != c.told+" > "+c.text {
				t.Errorf("%s in pieces of %d: %s", c.text, size, got)
			}
			got := collect([]byte(c.text), size, map[string]string{"id": `"NEW"`, "z": "0"})
			if c.out != "" && got != c.told+" > "+c.out {
				t.Errorf("%s in pieces of %d, edited: %s", c.text, size, got)
			}
		}
	}
}

func TestDocumentKeepsNoLongValues(t *testing.T) {
	text := []byte(`{"long":"` + strings.Repeat("x", documentValue) + `","short":1}`)
	for _, size := range []int{len(text), 1000} {
		if got, _, _ := strings.Cut(collect(text, size, nil), " > "); got != "long=;short=1;" {
			t.Errorf("pieces of %d: %.80s", size, got)
		}
	}
}
