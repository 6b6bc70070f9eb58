package dialect

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/routeiq/routeiq/abi"
)

func TestReadPrompt(t *testing.T) {
	for _, c := range []struct {
		name string
		api  abi.API
		body string
		want abi.Prompt
	}{
		{"nothing", abi.APIChat, `{}`, abi.Prompt{}},
		{"chat", abi.APIChat, `{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"Why?"}]}`,
			abi.Prompt{System: "Be brief.", First: "Hi", Last: "Why?", Messages: 4}},
		{"a developer, parts, the role last", abi.APIChat, `{"messages":[{"content":[{"type":"text","text":"A"},{"text":"B","type":"text"}],"role":"developer"},{"content":[{"type":"text","text":"C"},{"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"D"}],"role":"user"}]}`,
			abi.Prompt{System: "A\nB", First: "C\nD", Last: "C\nD", Messages: 2}},
		{"only the first system prompt that has text", abi.APIChat, `{"messages":[{"role":"system","content":""},{"role":"system","content":"A"},{"role":"developer","content":"B"}]}`,
			abi.Prompt{System: "A", Messages: 3}},
		{"escapes", abi.APIChat, `{"messages":[{"role":"us\u0065r","content":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ude00 é😀"}]}`,
			abi.Prompt{First: "\"\\/\b\f\n\r\té😀\ufffdx\ufffd é😀", Last: "\"\\/\b\f\n\r\té😀\ufffdx\ufffd é😀", Messages: 1}},
		{"tools and cycles", abi.APIChat, `{"tools":[{},{}],"functions":[{}],"messages":[{"role":"user","content":"Go"},{"role":"assistant","content":null,"tool_calls":[{},{}]},{"role":"tool","content":"1"},{"role":"tool","content":"2"},{"role":"assistant"},{"role":"function","content":"3"},{"role":"user","content":"and"},{"role":"tool"}]}`,
			abi.Prompt{First: "Go", Last: "and", Messages: 8, Tools: 3, ToolMessages: 4, Cycles: 2}},
		{"an image is no text", abi.APIChat, `{"messages":[{"role":"user","content":"A"},{"role":"user","content":[{"type":"image_url","text":"x"}]},{"role":"user","content":""}]}`,
			abi.Prompt{First: "A", Last: "A", Messages: 3}},
		{"odd shapes", abi.APIChat, `{"tools":{},"functions":[1],"messages":[1,"x",[],null,{},{"role":7,"content":"x"},{"role":"ghost","content":"x"},{"role":"user","content":{"text":"x"}},{"role":"user","content":["x",{"type":"text","text":1},{"type":1,"text":"x"},{"text":"x"}]}]}`,
			abi.Prompt{Messages: 2}},
		{"messages that are no list", abi.APIChat, `{"messages":{"role":"user","content":"x"}}`, abi.Prompt{}},
		{"members of other APIs", abi.APIChat, `{"system":"S","instructions":"I","prompt":"P","input":"I","metadata":{"messages":[{"role":"user","content":"x"}]}}`, abi.Prompt{}},

		{"a prompt", abi.APICompletions, `{"prompt":"Once","messages":[{"role":"user","content":"x"}],"tools":[{}]}`, abi.Prompt{First: "Once", Last: "Once", Messages: 1}},
		{"prompts", abi.APICompletions, `{"prompt":["","Once","Twice"]}`, abi.Prompt{First: "Once", Last: "Once", Messages: 1}},
		{"a prompt of tokens", abi.APICompletions, `{"prompt":[[1,2],[3]]}`, abi.Prompt{}},
		{"no prompt", abi.APICompletions, `{"prompt":{"a":"b"}}`, abi.Prompt{}},
		{"an input", abi.APIEmbeddings, `{"input":"A","tools":[{}]}`, abi.Prompt{First: "A", Last: "A", Messages: 1}},
		{"inputs", abi.APIEmbeddings, `{"input":["A","B"]}`, abi.Prompt{First: "A", Last: "A", Messages: 1}},
		{"an input of tokens", abi.APIEmbeddings, `{"input":[1,2]}`, abi.Prompt{}},

		{"responses, a text", abi.APIResponses, `{"input":"Hi","instructions":"Be brief.","tools":[{"type":"web_search"}]}`,
			abi.Prompt{System: "Be brief.", First: "Hi", Last: "Hi", Messages: 1, Tools: 1}},
		{"responses, items", abi.APIResponses, `{"input":[{"role":"developer","content":"D"},{"role":"user","content":[{"type":"input_text","text":"A"},{"type":"input_image"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"x"}]},{"role":"user","content":"B"}]}`,
			abi.Prompt{System: "D", First: "A", Last: "B", Messages: 4}},
		{"instructions go before a developer's message", abi.APIResponses, `{"input":[{"role":"system","content":"D"}],"instructions":"I"}`, abi.Prompt{System: "I", Messages: 1}},
		{"responses, calls", abi.APIResponses, `{"input":[{"role":"user","content":"Go"},{"type":"reasoning","summary":[]},{"type":"message","role":"assistant","content":[]},{"type":"function_call"},{"type":"function_call"},{"type":"function_call_output","output":"1"},{"type":"function_call_output","output":"2"},{"type":"custom_tool_call"},{"type":"reasoning"},{"type":"custom_tool_call_output"},{"type":"item_reference","id":"x"}]}`,
			abi.Prompt{First: "Go", Last: "Go", Messages: 6, ToolMessages: 3, Cycles: 2}},
		{"instructions that are no text", abi.APIResponses, `{"instructions":7,"input":{"role":"user","content":"x"}}`, abi.Prompt{}},

		{"messages", abi.APIMessages, `{"system":"S","tools":[{}],"messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B"},{"role":"user","content":[{"type":"text","text":"C"}]}]}`,
			abi.Prompt{System: "S", First: "A", Last: "C", Messages: 3, Tools: 1}},
		{"system blocks", abi.APIMessages, `{"messages":[],"system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}},{"type":"text","text":"T"}]}`, abi.Prompt{System: "S\nT"}},
		{"results of tools", abi.APIMessages, `{"messages":[{"role":"user","content":"Go"},{"role":"assistant","content":[{"type":"tool_use"},{"type":"tool_use"}]},{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"no"}]},{"type":"tool_result","content":"no"}]},{"role":"assistant","content":[{"type":"tool_use"}]},{"role":"user","content":[{"type":"tool_result"},{"type":"text","text":"and"}]}]}`,
			abi.Prompt{First: "Go", Last: "and", Messages: 5, ToolMessages: 3, Cycles: 2}},
	} {
		if got := ReadPrompt(Call{API: c.api, Op: OpCreate}, []byte(c.body)); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// Long texts are cut before a code point that does not fit whole.
func TestReadPromptIsBounded(t *testing.T) {
	full := strings.Repeat("a", maxPromptText)
	for _, c := range []struct{ name, content, want string }{
		{"just as long", `"` + full + `"`, full},
		{"longer", `"` + full + `a"`, full},
		{"a code point across the end", `"` + full[1:] + `é"`, full[1:]},
		{"a longer one", `"` + full[3:] + `😀b"`, full[3:]},
		{"one that fits", `"` + full[4:] + `😀b"`, full[4:] + "😀"},
		{"an escape across the end", `"` + full[1:] + `\u00e9b"`, full[1:]},
		{"an escape that fits", `"` + full[1:] + `\nb"`, full[1:] + "\n"},
		{"all escapes", `"` + strings.Repeat(`\u0061`, maxPromptText+1) + `"`, full},
		{"parts", `[{"type":"text","text":"` + full[1:] + `é"},{"type":"text","text":"b"}]`, full[1:]},
		{"a part behind a full one", `[{"type":"text","text":"` + full + `"},{"type":"text","text":"b"}]`, full},
		{"a part that is cut", `[{"type":"text","text":"` + full[:9] + `"},{"type":"text","text":"` + full + `"}]`, full[:9] + "\n" + full[10:]},
		{"no UTF-8", `"` + strings.Repeat("\x80", maxPromptText+9) + `"`, strings.Repeat("\x80", maxPromptText-utf8.UTFMax)},
	} {
		got := ReadPrompt(Call{API: abi.APIChat}, []byte(`{"messages":[{"role":"user","content":`+c.content+`}]}`))
		if got.First != c.want || got.Last != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, len(got.First), len(c.want))
		}
	}
}

func TestReadPromptAllocates(t *testing.T) {
	body := bodyOfSize(16 << 10)
	if n := testing.AllocsPerRun(100, func() { ReadPrompt(Call{API: abi.APIChat}, body) }); n > 3 {
		t.Errorf("%.0f allocations, want one for each text", n)
	}
}

// FuzzReadPrompt: whatever is read, it ends; and of chat's messages it reads what encoding/json reads.
func FuzzReadPrompt(f *testing.F) {
	for _, text := range []string{
		`{"messages":[{"role":"system","content":"S"},{"role":"user","content":"A\u00e9"},{"role":"assistant"},{"role":"tool","content":"x"},{"role":"user","content":[{"type":"text","text":"B"},{"type":"text","text":"C"}]}]}`,
		`{"input":[{"type":"function_call"},{"type":"function_call_output"},{"role":"user","content":"x"}],"instructions":"I","system":[{"type":"text","text":"y"}]}`,
		`{"prompt":["a",["b"]],"tools":[{}]}`, `{"messages":[{"role":"user","content":"`, `{"system":"\ud800`, `{"messages":[{"role":"user","content":[{"type":"text","text":"a"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, api := range abi.APIs {
			p := ReadPrompt(Call{API: api, Op: OpCreate}, text)
			for _, s := range []string{p.System, p.First, p.Last} {
				if len(s) > maxPromptText || utf8.Valid(text) && !utf8.ValidString(s) {
					t.Fatalf("%s: read %q", api, s)
				}
			}
			if p.Cycles > p.ToolMessages || p.Messages > len(text) || (p.First == "") != (p.Last == "") {
				t.Fatalf("%s: %+v", api, p)
			}
		}
		if _, refusal := ReadBody(Call{API: abi.APIChat, Model: "m"}, text); refusal != nil || !utf8.Valid(text) || duplicates(text) {
			return
		}
		want, ok := modelPrompt(text)
		if got := ReadPrompt(Call{API: abi.APIChat}, text); ok && got != want {
			t.Fatalf("%s:\n got %+v\nwant %+v", text, got, want)
		}
	})
}

// modelPrompt reads chat's messages with encoding/json; not ok where that reads otherwise, as it takes the last of several
// members of one name, or where a text may be cut.
func modelPrompt(text []byte) (p abi.Prompt, ok bool) {
	var top map[string]json.RawMessage
	if json.Unmarshal(text, &top) != nil {
		return p, false
	}
	var list []json.RawMessage
	_ = json.Unmarshal(top["messages"], &list)
	assistant := false
	for _, raw := range list {
		var m map[string]json.RawMessage
		if raw[0] == '{' && duplicates(raw) {
			return p, false
		}
		var role string
		if json.Unmarshal(raw, &m) != nil || json.Unmarshal(m["role"], &role) != nil {
			continue
		}
		var content string
		var parts []json.RawMessage
		results := 0
		if json.Unmarshal(m["content"], &content) != nil && json.Unmarshal(m["content"], &parts) == nil {
			for _, raw := range parts {
				var part map[string]json.RawMessage
				var kind, text string
				if raw[0] == '{' && duplicates(raw) {
					return p, false
				}
				if json.Unmarshal(raw, &part) != nil || json.Unmarshal(part["type"], &kind) != nil {
					continue
				}
				if kind == "tool_result" {
					results++
				}
				if kind != "text" && kind != "input_text" && kind != "output_text" ||
					json.Unmarshal(part["text"], &text) != nil || text == "" {
					continue
				}
				if content != "" {
					content += "\n"
				}
				content += text
			}
		}
		switch role {
		case "system", "developer":
			if p.System == "" {
				p.System = content
			}
			results = 0
		case "user":
			if p.First == "" {
				p.First = content
			}
			if content != "" {
				p.Last = content
			}
		case "assistant":
			results = 0
		case "tool", "function":
			results = 1
		default:
			continue
		}
		p.Messages++
		p.ToolMessages += results
		if assistant && results > 0 {
			p.Cycles++
		}
		assistant = role == "assistant"
	}
	for _, name := range []string{"tools", "functions"} {
		var all []json.RawMessage
		_ = json.Unmarshal(top[name], &all)
		for _, one := range all {
			if one[0] == '{' {
				p.Tools++
			}
		}
	}
	return p, len(text) < maxPromptText
}

func BenchmarkReadPrompt(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"0.5kB", 512}, {"16kB", 16 << 10}} {
		body := bodyOfSize(c.size)
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				ReadPrompt(Call{API: abi.APIChat, Op: OpCreate}, body)
			}
		})
	}
}
