package simulate

import "github.com/routeiq/routeiq/abi"

// Worlds in which models differ.

// says is the prompt of a first message.
func says(text string) abi.Prompt { return abi.Prompt{Last: text, Messages: 1} }

// pair are qualities of two models.
func pair(a string, ofA float64, b string, ofB float64) map[string]float64 {
	return map[string]float64{a: ofA, b: ofB}
}

// models are a cheap one that does what is easy, and a strong one.
var models = &World{
	Name: "models",
	About: "A cheap, quick model that answers nineteen of twenty easy requests well and four of ten hard ones, and a strong one at " +
		"seventeen times the price that does nearly all. A quarter of the requests is hard: half of those ask for reasoning in their " +
		"words, half are an agent's.",
	Minutes: 6, Rate: 2,
	Servers: []Server{
		{ID: "cheap", Model: "openai/assistant-mini-8b", USD: abi.Price{Input: 0.15, Output: 0.6}, FirstMS: 300, TokenMS: 6, Noise: 0.3},
		{ID: "strong", Model: "openai/assistant-large-400b", USD: abi.Price{Input: 2.5, Output: 10}, FirstMS: 600, TokenMS: 15, Noise: 0.3},
	},
	Kinds: []Kind{
		{
			Share: 6, Input: Spread{400, 0.6}, Output: Spread{200, 0.6},
			Prompt: says("When does the shop open?"), Quality: pair("cheap", 0.95, "strong", 0.98),
		},
		{
			Share: 1, Input: Spread{600, 0.6}, Output: Spread{500, 0.6},
			Prompt: says("Prove that it ends; think step by step."), Quality: pair("cheap", 0.4, "strong", 0.9),
		},
		{
			Share: 1, Input: Spread{2000, 0.6}, Output: Spread{300, 0.6}, Tools: true,
			Prompt:  abi.Prompt{System: "You are an agent.", Tools: 5, Messages: 4, ToolMessages: 1},
			Quality: pair("cheap", 0.4, "strong", 0.9),
		},
	},
}

// trades are models each of which is good at one thing.
var trades = &World{
	Name: "trades",
	About: "One model is good at code, the other at languages, each nine times in ten, and six times in ten at the other's trade. One " +
		"request in five is about code and shows it in no telling word.",
	Minutes: 6, Rate: 2,
	Servers: []Server{
		{ID: "coder", Model: "openai/coder", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
		{ID: "linguist", Model: "openai/linguist", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
	},
	Kinds: []Kind{
		{
			Share: 2, Input: Spread{800, 0.6}, Output: Spread{300, 0.6},
			Prompt: says("Please refactor this function."), Quality: pair("coder", 0.9, "linguist", 0.6),
		},
		{
			Share: 2, Input: Spread{800, 0.6}, Output: Spread{300, 0.6},
			Prompt: says("Translate the letter into German."), Quality: pair("coder", 0.6, "linguist", 0.9),
		},
		{
			Share: 1, Input: Spread{800, 0.6}, Output: Spread{300, 0.6},
			Prompt: says("What is wrong here?"), Quality: pair("coder", 0.9, "linguist", 0.6),
		},
	},
}

// programs ask for one name and need different models.
var programs = &World{
	Name: "programs",
	About: "An editor's requests need the strong model; those of a nightly job, tagged batch, are done as well by one at a " +
		"seventeenth of the price. Both ask for one name, and the job three times as often.",
	Minutes: 6, Rate: 2,
	Servers: models.Servers,
	Kinds: []Kind{
		{
			Share: 1, Agent: "editor/2.1", Input: Spread{1500, 0.6}, Output: Spread{300, 0.6},
			Quality: pair("cheap", 0.5, "strong", 0.95),
		},
		{
			Share: 3, Tags: []string{"batch"}, Input: Spread{800, 0.6}, Output: Spread{200, 0.6},
			Quality: pair("cheap", 0.95, "strong", 0.95),
		},
	},
}

// ladder is of models from cheap to strong, for clients that can tell a good answer.
var ladder = &World{
	Name: "ladder",
	About: "Three models, each stronger and at five times the price of the one before: they do 60, 85 and 97 of 100 requests. The " +
		"client can tell a good answer and asks for a better one, at most twice, saying which rung failed. What is measured is the " +
		"whole of it.",
	Minutes: 6, Rate: 2,
	Servers: []Server{
		{ID: "first", Model: "openai/one", USD: abi.Price{Input: 0.2, Output: 0.6}, FirstMS: 300, TokenMS: 5, Noise: 0.3},
		{ID: "second", Model: "openai/two", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
		{ID: "third", Model: "openai/three", USD: abi.Price{Input: 5, Output: 15}, FirstMS: 600, TokenMS: 15, Noise: 0.3},
	},
	Kinds: []Kind{{
		Share: 1, Judged: true, Input: Spread{800, 0.6}, Output: Spread{300, 0.6},
		Quality: map[string]float64{"first": 0.6, "second": 0.85, "third": 0.97},
	}},
}
