package detect

// Shape is what a conversation looks like from outside: its words are not in it.
type Shape struct {
	Tools        int  // that the request offers to the model
	ToolMessages int  // results of tools among the messages
	Cycles       int  // an assistant's message that is followed by a tool's result
	SystemRunes  int  // length of the first system prompt in code points
	AgentWords   bool // AgentWords of the first system prompt
	Messages     int  // all of them
}

// AgenticThreshold is the score from which an agent is at work. One tool on offer reaches it.
const AgenticThreshold = 0.35

// Agentic says how much a conversation looks like the work of an agent that acts in many steps, from 0 to 1. The weights
// are those of the Python RouteIQ's centroid routing.
func Agentic(s Shape) float64 {
	hundredths := 0 // whole numbers, so that no sum misses the threshold by a rounding
	add := func(holds bool, n int) {
		if holds {
			hundredths += n
		}
	}
	add(s.Tools >= 1, 35)
	add(s.Tools >= 4, 15)
	add(s.ToolMessages >= 1, 30)
	add(s.Cycles >= 1, 10)
	add(s.Cycles >= 2, 10)
	add(s.SystemRunes > 500, 10)
	add(s.AgentWords, 20)
	add(s.Messages > 10, 10)
	return float64(min(hundredths, 100)) / 100
}

// agentPhrases are phrases of system prompts that set up an agent. The list is RouteIQ's own. It is short of words that speak
// of other things as often: an agent may sell houses, a user agent is a browser, and vehicles are autonomous too.
var agentPhrases = []string{
	"ai/llm/coding/software/autonomous agent/agents",
	"you are an agent",
	"agentic",
	"sub agent/agents, subagent/subagents",
	"multi agent, multiagent",
	"autonomously",
	"autonomous mode/assistant",
	"tool use/call/calls/calling",
	"use/call/invoke tools, use/call/invoke the/your/available/these tools, use the available/following/provided tools",
	"access to tools, access to the/these/several/various tools, access to the following tools",
	"function call/calls/calling",
	"execute/run commands, execute/run shell/terminal/bash commands",
	"multi step, multistep",
	"orchestrate/orchestrates/orchestrating/orchestration/orchestrator",
	"workflow/workflows",
}

var agentWords = compile(agentPhrases...)

// AgentWords tells whether a system prompt, as its author wrote it, holds words that set up an agent. Words are compared as
// Reasoning compares them.
func AgentWords(system string) bool {
	_, ok := agentWords.next(&scanner{text: system})
	return ok
}
