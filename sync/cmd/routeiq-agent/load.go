package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/litellm"
)

const (
	// stdin is the FILE that stands for standard input; what it includes is relative to the working folder.
	stdin = "-"
	// envFile names the file when none is given, as in LiteLLM.
	envFile = "LITELLM_CONFIG_PATH"
)

// file returns the FILE that a verb was given, or the one of the environment.
func (p *process) file(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if path, ok := p.getenv(envFile); ok && path != "" {
		return path, nil
	}
	return "", fmt.Errorf("no FILE was given, and %s is not set", envFile)
}

// oneFile is the rule for a verb's arguments.
var oneFile = cobra.MaximumNArgs(1)

// load compiles a file, and makes sure that the module will read the document: it is put through the module's own parser.
func (p *process) load(path string) (*litellm.Compiled, error) {
	c, err := litellm.Compile(litellm.Source{Path: path, Read: p.read, Getenv: p.getenv})
	if err != nil {
		var problems litellm.Problems
		if errors.As(err, &problems) {
			return nil, refusal{fmt.Errorf("%w\n%s", err, refused(path, len(problems)))}
		}
		return nil, refusal{err}
	}
	text, err := json.Marshal(c.Config)
	if err != nil {
		return nil, refusal{fmt.Errorf("%s: the compiled document: %w", path, err)}
	}
	if _, err := abi.Parse(text); err != nil {
		return nil, refusal{fmt.Errorf("%s: the module would refuse the compiled document: %w", path, err)}
	}
	return c, nil
}

func (p *process) read(path string) ([]byte, error) {
	if text, there := p.files[path]; there {
		return text, nil
	}
	if strings.Contains(path, "://") {
		return nil, errors.New("only an agent that runs fetches URLs: give the path of a copy here")
	}
	if path == stdin {
		return io.ReadAll(p.in)
	}
	return os.ReadFile(path)
}

// warn writes warnings to standard error.
func (p *process) warn(warnings []string) {
	for _, w := range warnings {
		p.complain("warning: %s", w)
	}
}

func refused(path string, n int) string {
	if n == 1 {
		return path + " is refused for 1 reason"
	}
	return fmt.Sprintf("%s is refused for %d reasons", path, n)
}

// lines writes problems as text.
func lines(problems []litellm.Problem) []string {
	text := make([]string, len(problems))
	for i, p := range problems {
		text[i] = p.String()
	}
	return text
}

// count writes a number with its noun, in the plural where it is one.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// some names at most a few of many.
func some(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
