package detect

import "testing"

func TestAgentic(t *testing.T) {
	for _, c := range []struct {
		rule  string
		shape Shape
		want  float64
	}{
		{"a question", Shape{Messages: 1}, 0},
		{"a tool", Shape{Tools: 1, Messages: 1}, 0.35},
		{"three tools", Shape{Tools: 3, Messages: 1}, 0.35},
		{"four tools", Shape{Tools: 4, Messages: 1}, 0.50},
		{"a tool's result", Shape{ToolMessages: 1}, 0.30},
		{"more of them", Shape{ToolMessages: 9}, 0.30},
		{"one cycle", Shape{Cycles: 1}, 0.10},
		{"two cycles", Shape{Cycles: 2}, 0.20},
		{"ten cycles", Shape{Cycles: 10}, 0.20},
		{"a system prompt of 500", Shape{SystemRunes: 500}, 0},
		{"a longer system prompt", Shape{SystemRunes: 501}, 0.10},
		{"words of agents", Shape{AgentWords: true}, 0.20},
		{"ten messages", Shape{Messages: 10}, 0},
		{"twelve messages", Shape{Messages: 12}, 0.10},
		{"all but tools", Shape{ToolMessages: 1, Cycles: 2, SystemRunes: 501, AgentWords: true, Messages: 11}, 0.90},
		{"everything", Shape{Tools: 4, ToolMessages: 1, Cycles: 2, SystemRunes: 501, AgentWords: true, Messages: 11}, 1},
		{"nonsense", Shape{Tools: -1, ToolMessages: -1, Cycles: -1, SystemRunes: -1, Messages: -1}, 0},
	} {
		if got := Agentic(c.shape); got != c.want {
			t.Errorf("%s: %v, want %v", c.rule, got, c.want)
		}
	}
}

func TestAgenticThreshold(t *testing.T) {
	for _, c := range []struct {
		rule  string
		shape Shape
		want  bool
	}{
		{"one tool is enough", Shape{Tools: 1}, true},
		{"a result and a cycle", Shape{ToolMessages: 1, Cycles: 1}, true},
		{"a result alone", Shape{ToolMessages: 1}, false},
		{"a system prompt alone", Shape{SystemRunes: 9000, AgentWords: true}, false},
		{"a system prompt and a long conversation", Shape{SystemRunes: 9000, AgentWords: true, Messages: 11}, true},
		{"a long conversation", Shape{Messages: 1000}, false},
	} {
		if got := Agentic(c.shape) >= AgenticThreshold; got != c.want {
			t.Errorf("%s: %v", c.rule, got)
		}
	}
}

func TestAgentWords(t *testing.T) {
	for _, c := range []struct {
		system string
		want   bool
	}{
		{"You are an autonomous agent that fixes bugs.", true},
		{"You are an AI agent.", true},
		{"You are an agent - keep going until the task is done.", true},
		{"You are a coding agent in a terminal.", true},
		{"Work autonomously.", true},
		{"An agentic assistant", true},
		{"You plan for several sub-agents", true},
		{"a multi-agent system", true},
		{"Use the tools below.", true},
		{"USE  THE\nAVAILABLE TOOLS", true},
		{"You have access to the following tools:", true},
		{"reply with tool calls", true},
		{"the AI agent's task", true},
		{"function-calling", true},
		{"You may run shell commands.", true},
		{"solve multi-step tasks", true},
		{"orchestrate the workers", true},
		{"Follow this workflow:", true},

		{"", false},
		{"You are a helpful assistant.", false},
		{"You are a real estate agent's secretary.", false},
		{"Print the user agent.", false},
		{"You know all about autonomous vehicles.", false},
		{"You are a reagent expert; list the reagents.", false},
		{"He sells garden tools and uses toolboxes.", false},
		{"You write for an orchestra.", false},
		{"an agent, ai", false},
		{"Explain the function. Calling it twice is wrong.", false},
	} {
		if got := AgentWords(c.system); got != c.want {
			t.Errorf("AgentWords(%q) = %v", c.system, got)
		}
	}
}
