// Package detect tells what kind of work a prompt asks for, from its shape and words: whether it asks for reasoning, whether
// an agent is at work, and which conversation it belongs to. It understands nothing; it finds English phrases and counts.
//
//	text ── scanner ── words, and what joins them ── matcher ── phrases ── Reasoning, AgentWords
//
// Each text is read once, whatever the number of phrases, and nothing is kept of it.
package detect
