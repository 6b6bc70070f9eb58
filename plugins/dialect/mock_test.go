package dialect

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

const mockText = `Hello "world", schöne Grüße.`

func mockOf(t *testing.T, api abi.API, body string) (contentType string, answer []byte, b Body) {
	t.Helper()
	b, refusal := ReadBody(Call{API: api, Op: OpCreate}, []byte(body))
	if refusal != nil {
		t.Fatal(refusal.Message)
	}
	contentType, answer = Mock(api, "mock-1", mockText, &b, "id-1", 1_700_000_000_123)
	return contentType, answer, b
}

// Our own reader finds every mock answer good, complete, and with the usage that is logged for it.
func TestMockIsReadAsAnAnswer(t *testing.T) {
	for _, api := range abi.APIs {
		for _, more := range []string{``, `,"stream":true`, `,"stream":true,"stream_options":{"include_usage":true}`} {
			contentType, answer, b := mockOf(t, api, `{"model":"m","input":"text","messages":[],"prompt":"text"`+more+`}`)
			got := feed(api, AnswerOptions{Status: 200, ContentType: contentType, Stream: b.Stream, InputTokens: b.TotalTokens}, answer)
			if got.verdict != Good || got.class != abi.ClassOK || !got.complete {
				t.Errorf("%s%s is read as %+v", api, more, got)
			}
			want := MockUsage(api, mockText, &b)
			stated := !(b.Stream && !b.IncludeUsage && (api == abi.APIChat || api == abi.APICompletions))
			want.Estimated = !stated
			if stated && got.usage != want {
				t.Errorf("%s%s states %+v, want %+v", api, more, got.usage, want)
			}
			if got.usage.Estimated == stated {
				t.Errorf("%s%s: usage %+v", api, more, got.usage)
			}
		}
	}
}

// eventsOf returns the data of a stream's events; [DONE] is checked and left out.
func eventsOf(t *testing.T, api abi.API, stream []byte) (all []map[string]any) {
	t.Helper()
	list := cut(string(stream), len(stream))
	if api == abi.APIChat || api == abi.APICompletions {
		if list[len(list)-1] != "=[DONE]" {
			t.Fatalf("%s ends with %s", api, list[len(list)-1])
		}
		list = list[:len(list)-1]
	}
	for _, one := range list {
		name, data, _ := strings.Cut(one, "=")
		var v map[string]any
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			t.Fatalf("%s: %v in %s", api, err, data)
		}
		if name != "" && v["type"] != name {
			t.Errorf("%s: event %s is of type %v", api, name, v["type"])
		}
		all = append(all, v)
	}
	return all
}

// at follows a path of names and indices.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// The pieces of a stream make the text, and the last word is the same as the whole answer's.
func TestMockStreams(t *testing.T) {
	for _, c := range []struct {
		api   abi.API
		delta []any
		whole []any
	}{
		{abi.APIChat, []any{"choices", 0, "delta", "content"}, []any{"choices", 0, "message", "content"}},
		{abi.APICompletions, []any{"choices", 0, "text"}, []any{"choices", 0, "text"}},
		{abi.APIResponses, []any{"delta"}, []any{"output", 0, "content", 0, "text"}},
		{abi.APIMessages, []any{"delta", "text"}, []any{"content", 0, "text"}},
	} {
		_, answer, _ := mockOf(t, c.api, `{"model":"m"}`)
		var whole map[string]any
		if err := json.Unmarshal(answer, &whole); err != nil {
			t.Fatalf("%s: %v", c.api, err)
		}
		if at(whole, c.whole...) != mockText || whole["model"] != "mock-1" || !strings.HasSuffix(whole["id"].(string), "id-1") {
			t.Errorf("%s: %s", c.api, answer)
		}
		contentType, answer, _ := mockOf(t, c.api, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`)
		if contentType != TypeEvents {
			t.Errorf("%s: a stream of type %s", c.api, contentType)
		}
		text, pieces := "", 0
		all := eventsOf(t, c.api, answer)
		for i, event := range all {
			if piece, ok := at(event, c.delta...).(string); ok && piece != "" {
				text, pieces = text+piece, pieces+1
			}
			if c.api == abi.APIResponses && event["sequence_number"] != float64(i) {
				t.Errorf("event %d has the number %v", i, event["sequence_number"])
			}
		}
		if text != mockText || pieces != 4 {
			t.Errorf("%s: %d pieces make %q", c.api, pieces, text)
		}
	}
}

// The last event of a responses stream holds what the whole answer is.
func TestMockResponse(t *testing.T) {
	_, answer, _ := mockOf(t, abi.APIResponses, `{"model":"m","previous_response_id":"resp_0"}`)
	_, stream, _ := mockOf(t, abi.APIResponses, `{"model":"m","previous_response_id":"resp_0","stream":true}`)
	all := eventsOf(t, abi.APIResponses, stream)
	last, err := json.Marshal(all[len(all)-1]["response"])
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	if json.Unmarshal(answer, &a) != nil || json.Unmarshal(last, &b) != nil {
		t.Fatal("no JSON")
	}
	if a["previous_response_id"] != "resp_0" || a["created_at"] != float64(1_700_000_000) {
		t.Errorf("%s", answer)
	}
	for name := range a {
		x, _ := json.Marshal(a[name])
		y, _ := json.Marshal(b[name])
		if string(x) != string(y) {
			t.Errorf("%s is %s whole and %s streamed", name, x, y)
		}
	}
}

func TestMockBatches(t *testing.T) {
	_, answer, b := mockOf(t, abi.APICompletions, `{"model":"m","prompt":["a","b","c"]}`)
	var v map[string]any
	if err := json.Unmarshal(answer, &v); err != nil || len(v["choices"].([]any)) != 3 || at(v, "choices", 2, "index") != 2.0 {
		t.Errorf("%s: %v", answer, err)
	}
	if MockUsage(abi.APICompletions, mockText, &b).Output != 3*tokensOf(len(mockText)) {
		t.Error("the usage is not of three answers")
	}
	_, answer, _ = mockOf(t, abi.APIEmbeddings, `{"model":"m","input":["a","b"]}`)
	v = nil
	if err := json.Unmarshal(answer, &v); err != nil || len(v["data"].([]any)) != 2 || at(v, "data", 1, "embedding", 1) != -0.5 {
		t.Errorf("%s: %v", answer, err)
	}
	_, answer, _ = mockOf(t, abi.APIEmbeddings, `{"model":"m","input":"a","encoding_format":"base64"}`)
	v = nil
	if err := json.Unmarshal(answer, &v); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(at(v, "data", 0, "embedding").(string))
	if err != nil || len(raw) != 4*len(mockVector) {
		t.Fatalf("%s: %v", answer, err)
	}
	for i, want := range mockVector {
		if got := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])); got != want {
			t.Errorf("number %d is %v, want %v", i, got, want)
		}
	}
}
