package conformance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// Scenario is one file of testdata/scenarios.
type Scenario struct {
	Name   string // the file's, without its ending
	Says   string // what it shows, in one sentence
	Alone  bool   // its document must not be joined with another's
	Slow   bool   // it takes more than ten seconds
	Config []byte // with {{a}} for the base URL of upstream a
	Env    map[string]string
	Files  map[string][]byte
	Steps  []*Step
}

// Step is a call with what it meets and what is expected of it, or a wait.
type Step struct {
	Line    int
	Wait    time.Duration
	Minute  time.Duration // so much must be left of the clock's minute, else the next is waited for
	Call    *Call
	Scripts map[string][]upstream.Script // by upstream's name
	Gauges  map[string]upstream.Gauges   // the same; from this step on
	Expects []*Expect
}

// Read reads every scenario of a folder, in the order of their names, and returns all errors at once.
func Read(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no *.txtar there; expected the scenarios", dir)
	}
	var all []*Scenario
	var errs []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			var s *Scenario
			if s, err = Parse(strings.TrimSuffix(filepath.Base(file), ".txtar"), text); err == nil {
				all = append(all, s)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
	}
	return all, errors.Join(errs...)
}

// Parse reads the text of one scenario.
func Parse(name string, text []byte) (*Scenario, error) {
	a := txtar.Parse(text)
	s := &Scenario{Name: name, Env: map[string]string{}, Files: map[string][]byte{}}
	for line := range strings.Lines(string(a.Comment)) {
		switch line = strings.TrimSpace(line); line {
		case "alone":
			s.Alone = true
		case "slow":
			s.Slow = true
		default:
			s.Says = strings.TrimSpace(s.Says + " " + line)
		}
	}
	if s.Says == "" {
		return nil, errors.New("no comment before the first file; expected a sentence that says what the scenario shows")
	}
	var steps []byte
	for _, f := range a.Files {
		if _, twice := s.Files[f.Name]; twice {
			return nil, fmt.Errorf("file %q stands twice", f.Name)
		}
		s.Files[f.Name] = f.Data
		switch f.Name {
		case "config.yaml":
			s.Config = f.Data
		case "steps":
			steps = f.Data
		case "env":
			for line := range strings.Lines(string(f.Data)) {
				if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
					s.Env[name] = value
				}
			}
		}
	}
	if s.Config == nil || steps == nil {
		return nil, errors.New("expected the files config.yaml and steps")
	}
	if err := s.writeArtifacts(); err != nil {
		return nil, err
	}
	return s, s.parseSteps(string(steps))
}

// parseSteps reads the file steps: one step begins with each line that says "call" or "wait".
func (s *Scenario) parseSteps(text string) error {
	var errs []error
	n, calls := 0, 0
	for line := range strings.Lines(text) {
		n++
		w, err := split(line)
		if err == nil && len(w.left) > 0 {
			switch word := w.next(); word {
			case "wait":
				err = s.addWait(n, w)
			case "call":
				calls++
				err = s.addCall(n, calls, w)
			case "expect":
				err = s.addExpect(n, strings.TrimSpace(line), w)
			default:
				err = s.addScript(word, w)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("steps, line %d: %q: %w", n, strings.TrimSpace(line), err))
		}
	}
	if calls == 0 {
		errs = append(errs, errors.New("steps: no call"))
	}
	for _, step := range s.Steps {
		if step.Call != nil && len(step.Expects) == 0 {
			errs = append(errs, fmt.Errorf("steps, line %d: the call expects nothing, so it proves nothing", step.Line))
		}
	}
	return errors.Join(errs...)
}

func (s *Scenario) addWait(n int, w *words) error {
	minute := w.skip("for")
	d, err := time.ParseDuration(w.next())
	if err != nil {
		return err
	}
	step := &Step{Line: n, Wait: d}
	if minute {
		if step.Wait, step.Minute = 0, d; !w.skip("of", "a", "minute") || d >= time.Minute {
			return errors.New("expected \"wait for 15s of a minute\"")
		}
	}
	s.Steps = append(s.Steps, step)
	return w.end()
}

func (s *Scenario) addCall(n, ordinal int, w *words) error {
	c, err := s.parseCall(w)
	if err != nil {
		return err
	}
	if c.ID == "" {
		c.ID = fmt.Sprintf("%s-%d", s.Name, ordinal)
	}
	s.Steps = append(s.Steps, &Step{Line: n, Call: c, Scripts: map[string][]upstream.Script{}, Gauges: map[string]upstream.Gauges{}})
	return nil
}

// last returns the call that a line below it speaks of.
func (s *Scenario) last() (*Step, error) {
	if len(s.Steps) == 0 || s.Steps[len(s.Steps)-1].Call == nil {
		return nil, errors.New("stands below no call")
	}
	return s.Steps[len(s.Steps)-1], nil
}

func (s *Scenario) addScript(name string, w *words) error {
	step, err := s.last()
	if err != nil {
		return err
	}
	if len(name) != 1 || name[0] < 'a' || name[0] > 'z' {
		return fmt.Errorf("begins with %q; expected call, wait, expect or the letter of an upstream", name)
	}
	if w.skip("gauges") {
		var g upstream.Gauges
		if _, err := fmt.Sscanf(w.next(), "%g/%g", &g.CacheUsage, &g.Waiting); err != nil {
			return fmt.Errorf("expected \"%s gauges CACHE/WAITING\": %w", name, err)
		}
		step.Gauges[name] = g
		return w.end()
	}
	script, err := s.parseScript(w)
	if err != nil {
		return err
	}
	step.Scripts[name] = append(step.Scripts[name], script)
	return nil
}

func (s *Scenario) addExpect(n int, text string, w *words) error {
	step, err := s.last()
	if err != nil {
		return err
	}
	e, err := s.parseExpect(w)
	if err != nil {
		return err
	}
	e.Line, e.Text = n, text
	step.Expects = append(step.Expects, e)
	return nil
}

// file returns a file of the scenario, without the line break that txtar puts at its end.
func (s *Scenario) file(name string) ([]byte, error) {
	data, ok := s.Files[name]
	if !ok {
		return nil, fmt.Errorf("there is no file %q in the scenario", name)
	}
	return trimBreak(data), nil
}

func trimBreak(data []byte) []byte {
	if n := len(data); n > 0 && data[n-1] == '\n' {
		return data[:n-1]
	}
	return data
}
