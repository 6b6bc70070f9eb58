// Package pattern has the regular expressions of arguments. It is the one package of the module that imports regexp, which makes
// the module a tenth larger; what uses it does not know by what it matches.
package pattern

import (
	"errors"
	"regexp"
	"strings"
)

// Pattern is a regular expression of Go's syntax (RE2). A match takes time in proportion to the text, whatever the pattern:
// clients choose the text.
type Pattern struct{ compiled *regexp.Regexp }

// Compile compiles a pattern, or says what is wrong with it.
func Compile(text string) (Pattern, error) {
	compiled, err := regexp.Compile(text)
	if err != nil {
		return Pattern{}, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return Pattern{compiled}, nil
}

// Match tells whether the pattern matches some part of a text.
func (p Pattern) Match(text string) bool { return p.compiled.MatchString(text) }
