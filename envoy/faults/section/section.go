// Package section replaces the part of a document that a program writes, between two marker comments, and leaves the rest
// as it is.
package section

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

func markers(name string) (begin, end string) {
	return "<!-- " + name + ": written by `make " + name + "`, do not edit -->\n", "<!-- /" + name + " -->\n"
}

// Cut takes the section of a name out of a text: what stands before it, in it (without its markers) and behind it. ok is
// false when there is none: all of the text is before then.
func Cut(text, name string) (before, inside, behind string, ok bool) {
	begin, end := markers(name)
	before, rest, found := strings.Cut(text, begin)
	if !found {
		return text, "", "", false
	}
	inside, behind, found = strings.Cut(rest, end)
	if !found {
		return text, "", "", false
	}
	return before, inside, behind, true
}

// Join puts a text together again.
func Join(before, name, inside, behind string) string {
	begin, end := markers(name)
	return before + begin + inside + end + behind
}

// Write puts a section into a file, in the place of the one it has, else at its end. A file that is not there is made.
func Write(path, name, inside string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	before, _, behind, ok := Cut(string(old), name)
	if !ok && before != "" {
		before = strings.TrimRight(before, "\n") + "\n\n"
	}
	if err := os.WriteFile(path, []byte(Join(before, name, inside, behind)), 0o644); err != nil {
		return fmt.Errorf("the section %s: %w", name, err)
	}
	return nil
}

// Keep returns a text with the section of a name at its end, as a file has it now: for a program that writes all the rest of
// the file. Without a file, or without such a section in it, the text is returned as it is.
func Keep(path, name, text string) (string, error) {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return text, nil
	}
	if err != nil {
		return "", err
	}
	_, inside, _, ok := Cut(string(old), name)
	if !ok {
		return text, nil
	}
	return Join(strings.TrimRight(text, "\n")+"\n\n", name, inside, ""), nil
}
