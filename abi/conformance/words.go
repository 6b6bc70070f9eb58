package conformance

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// words are what is left of a line.
type words struct{ left []string }

// split cuts a line at its blanks; a text in double quotes is one word, and '#' at a word's start begins a comment.
func split(line string) (*words, error) {
	var w words
	rest := strings.TrimSpace(line)
	for rest != "" && rest[0] != '#' {
		var word string
		if open := strings.IndexAny(rest, "\" \t"); open >= 0 && rest[open] == '"' {
			quoted, err := strconv.QuotedPrefix(rest[open:])
			if err != nil {
				return nil, fmt.Errorf("a text in quotes is not closed: %s", rest[open:])
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, err
			}
			word, rest = rest[:open]+text, rest[open+len(quoted):]
		} else if word, rest, _ = strings.Cut(rest, " "); strings.ContainsRune(word, '\t') {
			return nil, fmt.Errorf("a tab between words: %q", word)
		}
		w.left = append(w.left, word)
		rest = strings.TrimSpace(rest)
	}
	return &w, nil
}

// next takes the next word; "" when there is none.
func (w *words) next() string {
	if len(w.left) == 0 {
		return ""
	}
	word := w.left[0]
	w.left = w.left[1:]
	return word
}

// skip takes the next words if they are these.
func (w *words) skip(these ...string) bool {
	if len(w.left) < len(these) {
		return false
	}
	for i, word := range these {
		if w.left[i] != word {
			return false
		}
	}
	w.left = w.left[len(these):]
	return true
}

// end tells whether words are left that nobody understood.
func (w *words) end() error {
	if len(w.left) > 0 {
		return fmt.Errorf("not understood from %q on", w.left[0])
	}
	return nil
}

// number takes a whole number.
func (w *words) number() (int, error) {
	word := w.next()
	return count(word)
}

// count reads a whole number.
func count(word string) (int, error) {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("is %q, expected a whole number up to %d", word, most)
	}
	return n, nil
}

// events takes "N events".
func (w *words) events(n *int) (err error) {
	*n, err = w.number()
	w.skip("events")
	return err
}

// duration takes a time such as 300ms.
func (w *words) duration() (time.Duration, error) {
	word := w.next()
	d, err := time.ParseDuration(word)
	if err != nil {
		return 0, fmt.Errorf("is %q, expected a time such as 300ms", word)
	}
	return d, nil
}

// header takes a header line in quotes.
func (w *words) header() ([2]string, error) {
	word := w.next()
	name, value, ok := strings.Cut(word, ":")
	if !ok {
		return [2]string{}, fmt.Errorf("is %q, expected a header such as \"x-name: value\"", word)
	}
	return [2]string{strings.ToLower(name), strings.TrimSpace(value)}, nil
}

// Bounds on what a line may ask for, so that a slip of the pen does not fill the memory.
const (
	largest = 64 << 20 // bytes
	most    = 100_000  // events, calls, brackets
)

// size reads a number of bytes such as 8MiB.
func size(word string) (int, error) {
	unit := 1
	for suffix, n := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20} {
		if before, ok := strings.CutSuffix(word, suffix); ok {
			word, unit = before, n
		}
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > largest/unit {
		return 0, fmt.Errorf("is %q, expected a size such as 8MiB, at most %d bytes", word, largest)
	}
	return n * unit, nil
}
