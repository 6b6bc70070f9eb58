package decide

import "github.com/routeiq/routeiq/abi"

// What a request says.
const (
	system = "You are an agent that works in a repository. Use the tools you are given, one step at a time, and say what you did. " +
		"Never leave a test that fails. Answer in the language of the user, in short sentences, and show code where it helps."
	first = "The build is broken since this morning, please find out why."
	last  = "Now think step by step about why the function returns the wrong total, refactor the code that adds up the rows, " +
		"and write a test for the case with an empty list."
)

// odd spreads seeds that follow one another.
const odd = 0x9e3779b97f4a7c15

// ask fills in the next request. A proxy makes one of a client's; to write it anew costs a copy.
func (p *play) ask(model string) {
	p.seed++
	p.request = abi.Request{
		ID: "decide", NowMS: p.nowMS, Seed: p.seed * odd, API: abi.APIChat, Model: model, InputTokens: 400,
		UserAgent: "bench/1.0", Profile: "auto",
	}
	p.prompt = abi.Prompt{System: system, First: first, Last: p.last, Messages: 4, Tools: 3, ToolMessages: 1, Cycles: 1}
}

// later puts the request off to its place in the second: requests do not come all in one millisecond, and what is computed for one
// moment is of no use at the next.
func (p *play) later(i, rounds int) { p.request.NowMS += int64(i) * 1000 / int64(rounds) }

// answer is a good outcome; they differ.
func answer(i int) abi.Outcome {
	return abi.Outcome{
		Class: abi.ClassOK, Status: 200, DurationMS: int64(400 + i*37%900), FirstByteMS: int64(80 + i*13%200),
		Usage: abi.Usage{Input: 400, Output: 50 + i*7%300},
	}
}
