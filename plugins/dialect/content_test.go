package dialect

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// Payloads do not count, text of the same length does.
func TestEstimate(t *testing.T) {
	base64 := strings.Repeat("QUJD", 1000)
	prose := strings.Repeat("some words ", 364)[:4000]
	for _, c := range []struct {
		name, body string
		low, high  int
	}{
		{"text", `"messages":[{"role":"user","content":"` + prose + `"}]`, 1000, 1020},
		{"data URL", `"messages":[{"content":[{"image_url":{"url":"data:image/png;base64,` + base64 + `"}}]}]`, 5, 30},
		{"data URL as a text", `"messages":[{"image_url":"data:image/png;base64,` + base64 + `"}]`, 3, 30},
		{"data URL that is text", `"messages":[{"url":"data:text/plain,` + prose + `"}]`, 1000, 1020},
		{"short data URL", `"messages":[{"url":"data:image/png;base64,` + base64[:900] + `"}]`, 225, 260},
		{"data", `"messages":[{"content":[{"source":{"data":"` + base64 + `"}}]}]`, 5, 30},
		{"data with escaped slashes", `"messages":[{"data":"` + strings.Repeat(`QUJ\/`, 1000) + `"}]`, 3, 30},
		{"data that is text", `"messages":[{"data":"` + prose + `"}]`, 1000, 1020},
		{"base64 under another name", `"messages":[{"content":"` + base64 + `"}]`, 1000, 1020},
		{"list of payloads", `"messages":[{"data":["` + base64 + `","` + base64 + `"]}]`, 3, 30},
		{"what the model does not read", `"metadata":{"note":"` + prose + `"},"user":"` + prose + `"`, 0, 0},
		{"tools", `"tools":[{"function":{"description":"` + prose + `"}}]`, 1000, 1020},
	} {
		b, refusal := ReadBody(Call{API: abi.APIChat}, []byte(`{"model":"m",`+c.body+`}`))
		if refusal != nil || b.InputTokens < c.low || b.InputTokens > c.high || b.TotalTokens != b.InputTokens {
			t.Errorf("%s: %d tokens (of %d), want %d to %d; %+v", c.name, b.InputTokens, b.TotalTokens, c.low, c.high, refusal)
		}
	}
}

func TestBatch(t *testing.T) {
	for _, c := range []struct {
		input                  string
		inputs, largest, total int
	}{
		{`"12345678"`, 1, 3, 3}, // with its quotes
		{`["12345678","1234567890123456"]`, 2, 5, 8},
		{`[1,2,3]`, 1, 3, 3},
		{`[[1,2,3],[4]]`, 2, 3, 4},
		{`[]`, 0, 0, 0},
		{`null`, 1, 1, 1},
		{`[["` + strings.Repeat("x", 40) + `"]]`, 1, 1, 1}, // not a shape of the API: an element is an element
	} {
		b, refusal := ReadBody(Call{API: abi.APIEmbeddings}, []byte(`{"model":"m","input":`+c.input+`}`))
		if refusal != nil || b.Inputs != c.inputs || b.InputTokens != c.largest || b.TotalTokens != c.total {
			t.Errorf("%s: %d inputs, %d tokens of %d; %+v", c.input, b.Inputs, b.InputTokens, b.TotalTokens, refusal)
		}
	}
}
