package dialect

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestReadConversation(t *testing.T) {
	for _, c := range []struct {
		name string
		api  abi.API
		body string
		want []abi.Turn
	}{
		{"nothing", abi.APIChat, `{}`, nil},
		{"chat", abi.APIChat, `{"messages":[{"role":"system","content":"S"},{"role":"user","content":"A"},{"role":"assistant","content":"B","tool_calls":[]},{"role":"assistant","content":null},{"role":"tool","content":"C"},{"role":"user","content":[{"type":"text","text":"D"},{"type":"text","text":"E"}]}]}`,
			[]abi.Turn{{By: abi.BySystem, Text: "S"}, {By: abi.ByUser, Text: "A"}, {By: abi.ByAssistant, Text: "B"}, {By: abi.ByTool, Text: "C"}, {By: abi.ByUser, Text: "D\nE"}}},
		{"messages", abi.APIMessages, `{"system":"S","messages":[{"role":"user","content":"A"},{"role":"assistant","content":[{"type":"text","text":"B"}]}]}`,
			[]abi.Turn{{By: abi.BySystem, Text: "S"}, {By: abi.ByUser, Text: "A"}, {By: abi.ByAssistant, Text: "B"}}},
		{"responses", abi.APIResponses, `{"instructions":"S","input":"A"}`, []abi.Turn{{By: abi.BySystem, Text: "S"}, {By: abi.ByUser, Text: "A"}}},
		{"a prompt", abi.APICompletions, `{"prompt":"A"}`, []abi.Turn{{By: abi.ByUser, Text: "A"}}},
	} {
		if got := ReadConversation(Call{API: c.api, Op: OpCreate}, []byte(c.body)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	long := `{"role":"user","content":"` + strings.Repeat("x", maxPromptText) + `"}`
	body := `{"messages":[{"role":"user","content":"first"},` + strings.Repeat(long+",", 4) + `{"role":"user","content":"last"}]}`
	got := ReadConversation(Call{API: abi.APIChat}, []byte(body))
	if len(got) != 4 || got[3].Text != "last" {
		t.Errorf("%d turns: the newest that fit into %d bytes are expected", len(got), maxConversation)
	}
}
