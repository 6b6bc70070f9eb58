package simulate

import "github.com/routeiq/routeiq/abi"

// Worlds in which providers differ.

// speeds are unequal and change.
var speeds = &World{
	Name: "speeds",
	About: "Three providers of one model. One is fast, but eight times slower for the middle fifth of the time; one is usual; one is " +
		"slow. Half the requests are streams.",
	Minutes: 10, Rate: 2,
	Servers: []Server{
		{
			ID: "fast", Model: "openai/m", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 250, TokenMS: 6, Noise: 0.3,
			Changes: []Change{{From: 0.4, To: 0.6, Slower: 8}},
		},
		{ID: "usual", Model: "openai/m", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 500, TokenMS: 12, Noise: 0.3},
		{ID: "slow", Model: "openai/m", USD: abi.Price{Input: 1, Output: 3}, FirstMS: 2500, TokenMS: 50, Noise: 0.3},
	},
	Kinds: []Kind{
		{Share: 1, Input: Spread{500, 0.5}, Output: Spread{80, 0.5}},
		{Share: 1, Input: Spread{500, 0.5}, Output: Spread{80, 0.5}, Stream: true},
	},
}

// prices are unequal, and for each kind of request another is the lowest.
var prices = &World{
	Name: "prices",
	About: "Four providers of models that are equally good. One has a cheap input, one a cheap output; one has a low price of a " +
		"token, but says everything with four times as many; one is dear. Half the requests carry long documents.",
	Minutes: 6, Rate: 2,
	Servers: []Server{
		{ID: "input", Model: "openai/m", USD: abi.Price{Input: 0.4, Output: 8}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
		{ID: "output", Model: "openai/n", USD: abi.Price{Input: 2, Output: 2}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
		{ID: "wordy", Model: "openai/o", USD: abi.Price{Input: 1.5, Output: 1.5}, FirstMS: 400, TokenMS: 8, Noise: 0.3, Verbose: 4},
		{ID: "dear", Model: "openai/p", USD: abi.Price{Input: 5, Output: 15}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
	},
	Kinds: []Kind{
		{Share: 1, Input: Spread{8000, 0.4}, Output: Spread{400, 0.5}},
		{Share: 1, Input: Spread{200, 0.5}, Output: Spread{400, 0.5}},
	},
}

// unknown is what nobody told the proxy: which deployment is worth its price, and when that changes.
var unknown = &World{
	Name: "unknown",
	About: "Three providers, of which nobody knows beforehand how they are. One is cheap and good, until in the middle third of the " +
		"time it fails three times in ten; one is three times as dear and always good; one is the dearest, slow, and fails one time in " +
		"ten. Failures are retried elsewhere, and requests come so seldom, one in five seconds, that a breaker does not always open.",
	Minutes: 90, Rate: 0.2,
	Servers: []Server{
		{
			ID: "cheap", Model: "openai/m", USD: abi.Price{Input: 0.5, Output: 1.5}, FirstMS: 500, TokenMS: 10, Noise: 0.3,
			Changes: []Change{{From: 0.33, To: 0.67, Failing: 0.3}},
		},
		{ID: "good", Model: "openai/n", USD: abi.Price{Input: 1.5, Output: 4.5}, FirstMS: 400, TokenMS: 8, Noise: 0.3},
		{ID: "bad", Model: "openai/o", USD: abi.Price{Input: 8, Output: 24}, FirstMS: 2000, TokenMS: 40, Noise: 0.3, Failing: 0.1},
	},
	Kinds: []Kind{
		{Share: 2, Input: Spread{500, 0.8}, Output: Spread{200, 0.5}},
		{Share: 1, Input: Spread{500, 0.8}, Output: Spread{200, 0.5}, Stream: true},
		{Share: 1, Input: Spread{2000, 0.8}, Output: Spread{100, 0.5}, Tools: true},
	},
}
