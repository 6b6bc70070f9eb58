package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// Expect is one line that says what a call must lead to.
type Expect struct {
	Line int
	Text string

	wire   bool // needs an HTTP exchange: not looked at in the plain core
	logged bool // needs the decision's line
	gone   bool // needs an upstream to notice that its client left
	check  func(*result) error
}

// result is all that is known of a call when it is over.
type result struct {
	call    *Call
	answers []*Answer // one for each time it was made
	lines   []*Line   // of the same; nil where none was awaited
	seen    map[string][]upstream.Seen
	wire    bool
	kept    *strings.Replacer
}

// each calls check with every answer and its line.
func (r *result) each(check func(a *Answer, l *Line) error) error {
	for i, a := range r.answers {
		if err := check(a, r.lines[i]); err != nil {
			if len(r.answers) > 1 {
				return fmt.Errorf("time %d: %w", i+1, err)
			}
			return err
		}
	}
	return nil
}

// differs is an error unless got is want.
func differs[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s is %v, expected %v", what, got, want)
}

// parseExpect reads what stands behind "expect".
func (s *Scenario) parseExpect(w *words) (*Expect, error) {
	word := w.next()
	if len(word) == 1 && w.skip("saw") {
		return s.expectSeen(word, w)
	}
	if status, err := strconv.Atoi(word); err == nil {
		return expectAnswer(status, w)
	}
	switch word {
	case "attempts":
		want := strings.Join(w.left, " ")
		return &Expect{logged: true, check: func(r *result) error {
			return r.each(func(_ *Answer, l *Line) error { return differs("the attempts made", l.made(), want) })
		}}, nil
	case "left":
		if !w.skip("out") {
			return nil, fmt.Errorf("expected \"left out …\"")
		}
		want := strings.Join(w.left, " ")
		return &Expect{logged: true, check: func(r *result) error {
			return r.each(func(_ *Answer, l *Line) error { return differs("what was left out", l.leftOut(), want) })
		}}, nil
	case "shares":
		return expectShares(w.left), nil
	case "header":
		h, err := w.header()
		return &Expect{wire: true, check: func(r *result) error {
			return r.each(func(a *Answer, _ *Line) error {
				return differs("header "+h[0], strings.Join(a.Header.Values(h[0]), " | "), h[1])
			})
		}}, firstOf(err, w)
	case "no":
		if !w.skip("header") {
			return nil, fmt.Errorf("expected \"no header NAME\"")
		}
		name := w.next()
		return &Expect{wire: true, check: func(r *result) error {
			return r.each(func(a *Answer, _ *Line) error {
				return differs("header "+name, strings.Join(a.Header.Values(name), " | "), "")
			})
		}}, w.end()
	case "body":
		check, err := s.bodyCheck(w)
		return &Expect{check: func(r *result) error {
			return r.each(func(a *Answer, _ *Line) error { return check(r, a.Body) })
		}}, err
	case "spread":
		d, err := w.duration()
		return expectTime(func(a *Answer) error {
			if a.Last-a.First < d {
				return fmt.Errorf("the answer's bytes came within %v, expected them spread over %v", a.Last-a.First, d)
			}
			return nil
		}), firstOf(err, w)
	case "lasts":
		d, err := w.duration()
		return expectTime(func(a *Answer) error {
			if a.Last < d {
				return fmt.Errorf("the answer took %v, expected at least %v", a.Last, d)
			}
			return nil
		}), firstOf(err, w)
	case "within":
		d, err := w.duration()
		return expectTime(func(a *Answer) error {
			if a.Last > d {
				return fmt.Errorf("the answer took %v, expected at most %v", a.Last, d)
			}
			return nil
		}), firstOf(err, w)
	case "continued", "cut", "gone":
		return expectEnd(word), w.end()
	}
	return nil, fmt.Errorf("%q is nothing to expect", word)
}

// firstOf returns err, or else that words are left.
func firstOf(err error, w *words) error {
	if err != nil {
		return err
	}
	return w.end()
}

func expectTime(check func(*Answer) error) *Expect {
	return &Expect{wire: true, check: func(r *result) error {
		return r.each(func(a *Answer, _ *Line) error { return check(a) })
	}}
}

// expectEnd expects that a connection ended in an unusual way.
func expectEnd(word string) *Expect {
	return &Expect{wire: true, check: func(r *result) error {
		return r.each(func(a *Answer, _ *Line) error {
			switch {
			case word == "continued" && !a.Continued:
				return fmt.Errorf("no \"100 Continue\" came")
			case word == "cut" && !a.Cut:
				return fmt.Errorf("the answer ended as if it were whole: %.200q", a.Body)
			case word == "gone" && !a.Left:
				return fmt.Errorf("the client did not leave")
			}
			return nil
		})
	}}
}

// expectAnswer reads what an answer of a status must be like.
func expectAnswer(status int, w *words) (*Expect, error) {
	e := &Expect{}
	var checks []func(r *result, a *Answer, l *Line) error
	add := func(logged bool, check func(r *result, a *Answer, l *Line) error) {
		e.logged = e.logged || logged
		checks = append(checks, check)
	}
	for len(w.left) > 0 {
		name, value, _ := strings.Cut(w.next(), "=")
		switch name {
		case "from":
			id := w.next()
			add(true, ours(abi.HeaderDeployment, "the deployment that answered", id, func(l *Line) string {
				made := strings.Fields(l.made())
				if len(made) == 0 {
					return "none"
				}
				last, _, _ := strings.Cut(made[len(made)-1], "=")
				return last
			}))
		case "attempts":
			add(true, ours(abi.HeaderAttempts, "the number of attempts", value, func(l *Line) string { return strconv.Itoa(len(strings.Fields(l.made()))) }))
		case "strategy":
			add(true, ours(abi.HeaderStrategy, "the strategy", value, func(l *Line) string { return l.Strategy }))
		case "model":
			add(true, ours(abi.HeaderModel, "the group that answered", value, func(l *Line) string {
				group := ""
				for _, a := range l.Attempts {
					if a.Class != "" {
						group = a.Group
					}
				}
				return group
			}))
		case "probe":
			add(true, func(_ *result, _ *Answer, l *Line) error {
				return differs("the first attempt's being a probe", len(l.Attempts) > 0 && l.Attempts[0].Probe, true)
			})
		case "refused":
			add(true, func(_ *result, _ *Answer, l *Line) error { return differs("the log's refusal", l.Refused, value) })
		case "abstains":
			add(true, func(_ *result, _ *Answer, l *Line) error {
				return differs("why the model is not followed", l.Abstains, value)
			})
		case "shadow":
			add(true, func(_ *result, _ *Answer, l *Line) error {
				return differs("what the shadow would have chosen", l.Shadow, value)
			})
		case "usage", "estimated":
			add(true, usageCheck(name == "estimated", value))
		case "code", "type", "param":
			add(false, func(r *result, a *Answer, _ *Line) error {
				return differs("the error's "+name, errorOf(a.Body)[name], value)
			})
		case "message":
			text := w.next()
			add(false, func(r *result, a *Answer, _ *Line) error {
				if got := errorOf(a.Body)["message"]; !strings.Contains(got, text) {
					return fmt.Errorf("the error's message is %q, expected it to hold %q", got, text)
				}
				return nil
			})
		default:
			return nil, fmt.Errorf("%q is nothing an answer has", name)
		}
	}
	e.check = func(r *result) error {
		return r.each(func(a *Answer, l *Line) error {
			if a.Status != status {
				return fmt.Errorf("status is %d, expected %d: %.300s", a.Status, status, a.Body)
			}
			for _, check := range checks {
				if err := check(r, a, l); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return e, nil
}

// ours expects a value in the log, and the same in the answer's header where there are headers.
func ours(header, what, want string, logged func(*Line) string) func(*result, *Answer, *Line) error {
	return func(r *result, a *Answer, l *Line) error {
		if err := differs(what+" in the log", logged(l), want); err != nil {
			return err
		}
		if r.wire && a.Status != 0 {
			return differs("header "+header, a.Header.Get(header), want)
		}
		return nil
	}
}

func usageCheck(estimated bool, value string) func(*result, *Answer, *Line) error {
	return func(_ *result, _ *Answer, l *Line) error {
		for i := len(l.Attempts) - 1; i >= 0; i-- {
			a := l.Attempts[i]
			if a.Class == "" {
				continue
			}
			if err := differs("the usage's being an estimate", a.Estimated, estimated); err != nil {
				return err
			}
			if value == "" { // an estimate need only be there
				return differs("an estimate's having both parts", a.Input > 0 && a.Output > 0, true)
			}
			return differs("usage", fmt.Sprintf("%d/%d", a.Input, a.Output), value)
		}
		return fmt.Errorf("no attempt was made, so there is no usage")
	}
}

// errorOf reads an error in OpenAI's or in Anthropic's shape.
func errorOf(body []byte) map[string]string {
	var b struct {
		Error map[string]any `json:"error"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return map[string]string{"message": string(body)}
	}
	got := map[string]string{}
	for name, value := range b.Error {
		if text, ok := value.(string); ok {
			got[name] = text
		}
	}
	return got
}

// expectShares expects how often each deployment answered.
func expectShares(want []string) *Expect {
	return &Expect{logged: true, check: func(r *result) error {
		count := map[string]int{}
		for _, l := range r.lines {
			for _, a := range l.Attempts {
				if a.Class == string(abi.ClassOK) {
					count[a.Deployment]++
				}
			}
		}
		for _, word := range want {
			id, n, _ := strings.Cut(word, "=")
			if strconv.Itoa(count[id]) != n {
				return fmt.Errorf("the shares are %v, expected %v", count, want)
			}
			delete(count, id)
		}
		return differs("the number of deployments not named here", len(count), 0)
	}}
}

// bodyCheck reads what a body must be: "FILE", "contains TEXT", "lacks TEXT", "size N" (at least) or "sent".
func (s *Scenario) bodyCheck(w *words) (func(r *result, got []byte) error, error) {
	switch word := w.next(); word {
	case "contains", "lacks":
		text := w.next()
		return func(r *result, got []byte) error {
			want := r.kept.Replace(text)
			if bytes.Contains(got, []byte(want)) == (word == "contains") {
				return nil
			}
			return fmt.Errorf("the body %s not %q: %.600s", word, want, got)
		}, w.end()
	case "size":
		n, err := size(w.next())
		return func(_ *result, got []byte) error {
			if len(got) < n {
				return fmt.Errorf("the body has %d bytes, expected %d at least", len(got), n)
			}
			return nil
		}, firstOf(err, w)
	case "sent":
		model := ""
		for len(w.left) > 0 {
			word := w.next()
			var ok bool
			if model, ok = strings.CutPrefix(word, "model="); !ok {
				return nil, fmt.Errorf("%q is no part of \"sent [model=NAME]\"", word)
			}
		}
		return func(r *result, got []byte) error {
			want := r.call.Body
			if model != "" {
				want = bytes.Replace(want, []byte(`"model":"`+r.call.Model+`"`), []byte(`"model":"`+model+`"`), 1)
			}
			return sameBytes(got, want)
		}, nil
	default:
		want, err := s.file(word)
		return func(_ *result, got []byte) error { return sameBytes(got, want) }, firstOf(err, w)
	}
}

// sameBytes shows the first place where two texts differ.
func sameBytes(got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	around := func(b []byte) []byte { return b[max(min(i, len(b))-20, 0):min(i+40, len(b))] }
	return fmt.Errorf("%d bytes, expected %d; they differ at byte %d: …%q, expected …%q", len(got), len(want), i, around(got), around(want))
}

// patience is how long a test waits for something that must come: long, since machines that run tests are often busy.
const patience = time.Minute
