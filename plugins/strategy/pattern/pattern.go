// Package pattern runs regular expressions that were compiled elsewhere (package compile below it), so that the module need not
// hold a compiler for them: Go's would make it a tenth larger. A compiled expression is a program of a machine without memory, as
// in Thompson's construction; to run it takes time in proportion to the text, whatever the expression: clients choose the text.
package pattern

import (
	"errors"
	"unicode/utf8"
)

// The instructions. In a program each is written as its operation, where it goes on, its argument, and how many numbers follow.
const (
	OpMatch = iota
	OpFail
	OpNop
	OpAlt   // goes on in two places: the second is the argument
	OpEmpty // goes on where the conditions of the argument hold: regexp/syntax.EmptyOp
	OpRune  // takes a character of the ranges that follow, each as its first and last
	OpAny   // takes any character
	OpAnyNotNL
)

// MaxLength bounds a program, in numbers.
const MaxLength = 20_000

// Pattern is a program that is ready to run.
type Pattern struct {
	start   int
	program []instruction
}

type instruction struct {
	op, out, arg int
	ranges       []int
}

// Load reads a program: the place of its first instruction, and the instructions. What is no program is refused.
func Load(numbers []int) (Pattern, error) {
	var p Pattern
	if len(numbers) < 2 || len(numbers) > MaxLength {
		return p, errors.New("is no compiled expression: it has the wrong length")
	}
	p.start = numbers[0]
	for rest := numbers[1:]; len(rest) > 0; {
		if len(rest) < 4 || rest[3] < 0 || rest[3]%2 != 0 || rest[3] > len(rest)-4 || rest[0] < OpMatch || rest[0] > OpAnyNotNL {
			return p, errors.New("is no compiled expression: an instruction is broken")
		}
		p.program = append(p.program, instruction{rest[0], rest[1], rest[2], rest[4 : 4+rest[3]]})
		rest = rest[4+rest[3]:]
	}
	inside := func(place int) bool { return place >= 0 && place < len(p.program) }
	for _, i := range p.program {
		if !inside(i.out) || i.op == OpAlt && !inside(i.arg) {
			return p, errors.New("is no compiled expression: an instruction leads nowhere")
		}
	}
	if !inside(p.start) {
		return p, errors.New("is no compiled expression: it begins nowhere")
	}
	return p, nil
}

// Match tells whether the expression matches some part of a text.
func (p *Pattern) Match(text string) bool {
	r := run{p: p, seen: make([]int, len(p.program))}
	var reached, here []int // where it is before, and after what needs no character
	before := rune(-1)
	for at := 0; ; {
		c, size := rune(-1), 0
		if at < len(text) {
			c, size = utf8.DecodeRuneInString(text[at:])
		}
		r.step++
		r.holds = conditions(before, c)
		here = here[:0]
		for _, place := range reached {
			here = r.follow(here, place)
		}
		if here = r.follow(here, p.start); r.matched {
			return true
		}
		if size == 0 {
			return false
		}
		reached = reached[:0]
		for _, place := range here {
			if i := &p.program[place]; i.takes(c) {
				reached = append(reached, i.out)
			}
		}
		before = c
		at += size
	}
}

// run is a match under way.
type run struct {
	p       *Pattern
	seen    []int // in which step each place was reached last
	step    int
	holds   int // the conditions that hold here
	matched bool
}

// follow adds what can be reached from a place without taking a character.
func (r *run) follow(places []int, place int) []int {
	if r.seen[place] == r.step {
		return places
	}
	r.seen[place] = r.step
	switch i := &r.p.program[place]; i.op {
	case OpMatch:
		r.matched = true
	case OpNop:
		return r.follow(places, i.out)
	case OpAlt:
		return r.follow(r.follow(places, i.out), i.arg)
	case OpEmpty:
		if i.arg&^r.holds == 0 {
			return r.follow(places, i.out)
		}
	case OpRune, OpAny, OpAnyNotNL:
		return append(places, place)
	}
	return places
}

func (i *instruction) takes(c rune) bool {
	switch i.op {
	case OpAny:
		return true
	case OpAnyNotNL:
		return c != '\n'
	}
	for n := 0; n < len(i.ranges); n += 2 {
		if int(c) >= i.ranges[n] && int(c) <= i.ranges[n+1] {
			return true
		}
	}
	return false
}

// conditions are those of regexp/syntax.EmptyOp that hold between two characters; -1 is the text's end.
func conditions(before, after rune) (holds int) {
	const (
		beginLine = 1 << iota
		endLine
		beginText
		endText
		wordBoundary
		noWordBoundary
	)
	if before < 0 {
		holds |= beginText | beginLine
	}
	if before == '\n' {
		holds |= beginLine
	}
	if after < 0 {
		holds |= endText | endLine
	}
	if after == '\n' {
		holds |= endLine
	}
	if isWord(before) != isWord(after) {
		return holds | wordBoundary
	}
	return holds | noWordBoundary
}

func isWord(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
