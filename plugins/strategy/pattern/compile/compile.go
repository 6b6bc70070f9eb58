// Package compile compiles regular expressions, of Go's syntax (RE2), for package pattern. It runs where configurations are
// compiled, never in the module.
package compile

import (
	"errors"
	"regexp/syntax"
	"strings"
	"unicode"

	"github.com/routeiq/routeiq/plugins/strategy/pattern"
)

// Compile returns an expression's program, or says what is wrong with it.
func Compile(expression string) ([]int, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	compiled, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	program := []int{compiled.Start}
	for n := range compiled.Inst {
		program = append(program, instruction(&compiled.Inst[n])...)
	}
	if len(program) > pattern.MaxLength {
		return nil, errors.New("it is too large: write fewer repetitions")
	}
	return program, nil
}

func instruction(i *syntax.Inst) []int {
	write := func(op, arg int, ranges ...int) []int {
		return append([]int{op, int(i.Out), arg, len(ranges)}, ranges...)
	}
	switch i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return write(pattern.OpAlt, int(i.Arg))
	case syntax.InstEmptyWidth:
		return write(pattern.OpEmpty, int(i.Arg))
	case syntax.InstMatch:
		return []int{pattern.OpMatch, 0, 0, 0}
	case syntax.InstFail:
		return []int{pattern.OpFail, 0, 0, 0}
	case syntax.InstRune, syntax.InstRune1:
		return write(pattern.OpRune, 0, ranges(i)...)
	case syntax.InstRuneAny:
		return write(pattern.OpAny, 0)
	case syntax.InstRuneAnyNotNL:
		return write(pattern.OpAnyNotNL, 0)
	}
	return write(pattern.OpNop, 0) // also what notes where a group stands: nobody asks
}

// ranges are the characters that an instruction takes. One character alone may stand for all that differ from it in case.
func ranges(i *syntax.Inst) (all []int) {
	if len(i.Rune) != 1 {
		for _, c := range i.Rune {
			all = append(all, int(c))
		}
		return all
	}
	first := i.Rune[0]
	all = append(all, int(first), int(first))
	if syntax.Flags(i.Arg)&syntax.FoldCase != 0 {
		for c := unicode.SimpleFold(first); c != first; c = unicode.SimpleFold(c) {
			all = append(all, int(c), int(c))
		}
	}
	return all
}
