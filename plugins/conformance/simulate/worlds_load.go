package simulate

import "github.com/routeiq/routeiq/abi"

// Worlds in which load is what matters.

// replicas are inference servers of equal power.
var replicas = &World{
	Name: "replicas",
	About: "Four equal inference servers, each fast for six answers at a time, and slower in proportion beyond; a quarter of " +
		"the answers is ten times as long as the others.",
	Minutes: 4, Rate: 3.5,
	Servers: each(4, Server{Model: "hosted_vllm/m", FirstMS: 200, TokenMS: 8, Noise: 0.1, Capacity: 6}),
	Kinds: []Kind{
		{Share: 3, Input: Spread{300, 0.5}, Output: Spread{150, 0.5}},
		{Share: 1, Input: Spread{300, 0.5}, Output: Spread{1500, 0.8}},
	},
}

// engines have a memory, and queues before it.
var engines = &World{
	Name: "engines",
	About: "Four equal inference servers whose key-value cache holds 30,000 tokens: what does not fit waits. One request in thirteen " +
		"is a document of 16,000 tokens, the others are short.",
	Minutes: 10, Rate: 2.5,
	Servers: each(4, Server{Model: "hosted_vllm/m", FirstMS: 200, InputMS: 0.05, TokenMS: 10, Noise: 0.1, Memory: 30_000}),
	Kinds: []Kind{
		{Share: 12, Input: Spread{400, 0.5}, Output: Spread{300, 0.8}},
		{Share: 1, Input: Spread{16_000, 0.2}, Output: Spread{1000, 0.5}},
	},
}

// usual is a deployment that nothing is to be said of.
var usual = Server{Model: "openai/m", FirstMS: 300, TokenMS: 5, Noise: 0.3}

// limited returns it with quotas.
func limited(rpm, tpm int) Server {
	p := usual
	p.RPM, p.TPM = rpm, tpm
	return p
}

// tokenQuotas are quotas of tokens that the configuration does not state.
var tokenQuotas = &World{
	Name: "token quotas",
	About: "Six equal deployments, each with a quota of 100,000 tokens a minute of the clock that the configuration does not state: " +
		"beyond it the provider answers 429 and says when to come again. Requests are of very unequal size, and take two thirds of " +
		"all quotas.",
	Minutes: 16, Rate: 3,
	Servers: each(6, limited(0, 100_000)),
	Kinds: []Kind{
		{Share: 4, Input: Spread{500, 0.5}, Output: Spread{300, 0.5}},
		{Share: 1, Input: Spread{6000, 0.6}, Output: Spread{600, 0.5}},
	},
}

// requestQuotas are quotas of requests.
var requestQuotas = &World{
	Name: "request quotas",
	About: "Four equal deployments, each with a quota of 60 requests a minute that the configuration does not state; clients come " +
		"with seven eighths of all quotas.",
	Minutes: 10, Rate: 3.5,
	Servers: each(4, limited(60, 0)),
	Kinds:   []Kind{{Share: 1, Input: Spread{500, 0.5}, Output: Spread{300, 0.5}}},
}

// weights are unequal, and nothing else is.
var weights = &World{
	Name:    "weights",
	About:   "Three equal deployments with the weights 1, 1 and 4.",
	Minutes: 2, Rate: 5,
	Servers: weighted(each(3, usual), 1, 1, 4),
	Kinds:   []Kind{{Share: 1, Input: Spread{500, 0.5}, Output: Spread{300, 0.5}}},
}

// equals are equal in all.
var equals = &World{
	Name:    "equals",
	About:   "Three equal deployments, and few requests.",
	Minutes: 2, Rate: 2,
	Servers: each(3, usual),
	Kinds:   []Kind{{Share: 1, Input: Spread{500, 0.5}, Output: Spread{300, 0.5}}},
}

// each makes n equal servers.
func each(n int, p Server) []Server {
	all := make([]Server, n)
	for i := range all {
		all[i] = p
		all[i].ID = string(rune('a' + i))
		if p.USD == (abi.Price{}) {
			all[i].USD = abi.Price{Input: 0.5, Output: 1.5}
		}
	}
	return all
}

func weighted(servers []Server, weights ...float64) []Server {
	for i := range servers {
		servers[i].Weight = weights[i]
	}
	return servers
}
