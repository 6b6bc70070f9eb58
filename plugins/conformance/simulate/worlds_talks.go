package simulate

import "github.com/routeiq/routeiq/abi"

// Worlds of conversations.

// talks are conversations whose prompts providers keep.
var talks = &World{
	Name: "conversations",
	About: "Three providers of equal price, each with a prompt cache of its own that keeps a conversation for five minutes: what it " +
		"holds costs a tenth, and no time to read. Conversations have eight turns, each of which carries all that was said before.",
	Minutes: 10, Rate: 0.4,
	Servers: each(3, Server{
		Model: "openai/m", USD: abi.Price{Input: 2, Output: 8, CachedInput: 0.2},
		FirstMS: 300, InputMS: 0.2, TokenMS: 8, Noise: 0.3, CacheS: 300,
	}),
	Kinds: []Kind{{Share: 1, Input: Spread{1500, 0.6}, Output: Spread{300, 0.5}, Turns: 8, PauseS: 20, Stream: true}},
}

// growing are conversations that one provider is cheaper for at first, and another later.
var growing = &World{
	Name: "growing conversations",
	About: "Two providers: of one the input is cheap, of the other the output. A conversation's first turn is cheaper at the second, " +
		"and later ones, which carry what was said before, at the first, unless the second has that in its cache. Conversations have " +
		"four turns.",
	Minutes: 10, Rate: 0.6,
	Servers: []Server{
		{
			ID: "input", Model: "openai/m", USD: abi.Price{Input: 1, Output: 10, CachedInput: 0.1},
			FirstMS: 300, InputMS: 0.2, TokenMS: 8, Noise: 0.3, CacheS: 300,
		},
		{
			ID: "output", Model: "openai/n", USD: abi.Price{Input: 2, Output: 4, CachedInput: 0.2},
			FirstMS: 300, InputMS: 0.2, TokenMS: 8, Noise: 0.3, CacheS: 300,
		},
	},
	Kinds: []Kind{{Share: 1, Input: Spread{1200, 0.4}, Output: Spread{300, 0.5}, Turns: 4, PauseS: 20, Stream: true}},
}
