package encoder

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		e    abi.Encoder
		want string
	}{
		{abi.Encoder{API: abi.EncoderOpenAI, Model: "m"}, `{"input":"a\"b","model":"m","encoding_format":"float"}`},
		{abi.Encoder{API: abi.EncoderOpenAI}, `{"input":"a\"b","encoding_format":"float"}`},
		{abi.Encoder{API: abi.EncoderTEI}, `{"inputs":"a\"b","truncate":true}`},
	} {
		if got := Ask(&c.e, `a"b`); string(got) != c.want || !json.Valid(got) {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	openAI, tei := &abi.Encoder{API: abi.EncoderOpenAI}, &abi.Encoder{API: abi.EncoderTEI}
	for _, c := range []struct {
		e    *abi.Encoder
		body string
		want []float32
	}{
		{openAI, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1e-3,2]}],"usage":{"total_tokens":1}}`, []float32{0.5, -1e-3, 2}},
		{openAI, `{"data":[{"embedding":[1]},{"embedding":[2]}]}`, []float32{1}},
		{tei, `[[1,2],[3,4]]`, []float32{1, 2}},
		{openAI, `{"data":[]}`, nil},
		{openAI, `{"error":{"message":"no"}}`, nil},
		{openAI, `{"data":[{"embedding":"AACAPw=="}]}`, nil},
		{openAI, `{"data":[{"embedding":[1e39]}]}`, nil},
		{openAI, `{"data":[{"embedding":[1]}]} x`, nil},
		{tei, `{"error":"too long"}`, nil},
		{tei, `[]`, nil},
		{tei, ``, nil},
	} {
		got, err := Read(c.e, []byte(c.body))
		if (err == nil) != (c.want != nil) || err == nil && !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v", c.body, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"data":[{"embedding":[0.5]}]}`), true)
	f.Add([]byte(`[[1]]`), false)
	f.Fuzz(func(t *testing.T, body []byte, openAI bool) {
		e := &abi.Encoder{API: abi.EncoderTEI}
		if openAI {
			e.API = abi.EncoderOpenAI
		}
		if v, err := Read(e, body); (err == nil) != (len(v) > 0) {
			t.Errorf("%d numbers, %v", len(v), err)
		}
	})
}
