// Package price knows what a model costs and can take, by name: the figures shipped with the product. They are LiteLLM's
// (Origin says which release's), in table.tsv, which table.py makes; the Go part reads no file and no network. It is for
// the agent, the host and whoever compiles a configuration, not for the module: the table is 180 KB.
//
// What is not stated is never a number: a price is a Rate that has to be asked whether it is stated, so that a model of
// unknown price cannot be taken for a free one, and what a model can do is Yes, No or Unstated.
//
// To renew the figures, run table.py (its first lines say how) and then "go test ./plugins/price": the tests check every
// row of the table, so they are all the check a new one needs.
package price

import "math"

// Rate is a price in USD per token, or that none is stated: the zero Rate. A stated 0 is a model that is free.
type Rate struct {
	usd    float64
	stated bool
}

// USD is the rate of perToken USD for one token. What is negative or no finite number is no price: it gives a rate that is
// not stated.
func USD(perToken float64) Rate {
	if math.IsNaN(perToken) || math.IsInf(perToken, 0) || perToken < 0 {
		return Rate{}
	}
	return Rate{usd: perToken + 0, stated: true} // + 0 makes -0 a 0
}

// PerToken returns USD per token, finite and 0 or more, and whether it is stated; usd means nothing when it is not.
func (r Rate) PerToken() (usd float64, stated bool) { return r.usd, r.stated }

// Or returns r when it is stated and other when not: what a configuration states wins over the table in one word.
func (r Rate) Or(other Rate) Rate {
	if r.stated {
		return r
	}
	return other
}

// Price is what a model's tokens cost at its provider's list price: no discount for batches or for a contract, no
// surcharge for long prompts, priority or a region.
type Price struct {
	Input       Rate // a token of the prompt
	Output      Rate // a token of the answer
	CachedInput Rate // a token of the prompt read from a prompt cache
	CacheWrite  Rate // a token of the prompt written to a prompt cache
	Reasoning   Rate // a token of the answer that was reasoning
}

// Answer is what is stated of something a model may be able to do.
type Answer uint8

// The answers. The zero one is that nobody said.
const (
	Unstated Answer = iota
	No
	Yes
)

// String returns the answer as a word.
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unstated"
}

// Model is what is known of a model at one provider: a row of the table.
type Model struct {
	Name      string // LiteLLM's key: provider/model, or the bare model
	Provider  string // LiteLLM's litellm_provider; not always a prefix ("vertex_ai-language-models")
	Price     Price
	MaxInput  int // tokens of a prompt; 0: not stated
	MaxOutput int // tokens of an answer; 0: not stated

	Tools     Answer // calls functions
	Vision    Answer // sees images
	Schema    Answer // answers in JSON of a given schema
	Streaming Answer // streams; LiteLLM states it for few models, most that stream are Unstated
	Caching   Answer // reads prompts from a cache
	Reasoning Answer // reasons before it answers
}
