package detect

import "slices"

// sure are phrases that ask for reasoning each by itself.
var sure = []string{
	"step by step", // and with "think" before it
	"chain of thought",
	"prove that",
	"formal proof/verification",
	"mathematical proof/derivation",
	"logically deduce/infer/conclude",
}

// hints are phrases that also stand in prompts that ask for no reasoning ("derive the meaning from context"): it takes two.
var hints = []string{
	"prove the/this",
	"derive the/a/an",
	"mathematically show",
	"think through/carefully/deeply/about",
	"let's reason, lets reason",
	"reason about/through",
	"analyze/analyse the ... tradeoffs/implications/consequences, analyze/analyse the ... trade-offs",
	"compare and contrast",
	"pros and cons",
	"advantages and disadvantages",
	"evaluate the/whether/if",
	"critically analyze/analyse/assess/examine",
	"explain why/how, explain the reasoning",
	"work through",
	"break this/it down",
}

var reasoning = compile(slices.Concat(sure, hints)...)

// Reasoning tells whether text, as its author wrote it, asks for reasoning: it holds a phrase that is sure, or two different
// hints. The same hint again, or in another form of words, is no second one. Upper and lower case are one, between words there
// may be any white space or one hyphen, and a phrase ends where a word ends: "improve that" is not "prove that".
//
// The phrases are those of the Python RouteIQ's centroid routing, and so is the rule.
func Reasoning(text string) bool {
	s, hint := scanner{text: text}, -1
	for {
		phrase, ok := reasoning.next(&s)
		switch {
		case !ok:
			return false
		case phrase < len(sure), hint >= 0 && phrase != hint:
			return true
		}
		hint = phrase
	}
}
