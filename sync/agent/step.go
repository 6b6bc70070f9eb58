package agent

import (
	"errors"
	"time"
)

// Step is a part of the way of a document. Its word is what status and errors show.
type Step string

// The steps, in their order.
const (
	Fetch       Step = "fetch"
	Migrate     Step = "migrate"
	Parse       Step = "parse"
	Compile     Step = "compile"
	DryRun      Step = "dry run"
	Diff        Step = "diff"
	Keep        Step = "store" // it is put into the store
	Activate    Step = "activate"
	Publish     Step = "publish"
	Acknowledge Step = "acknowledge" // proxies report it
	Watch       Step = "watch"       // its requests are counted
	Good        Step = "good"        // it proved itself
	Back        Step = "rollback"
)

// Steps are all steps.
var Steps = []Step{Fetch, Migrate, Parse, Compile, DryRun, Diff, Keep, Activate, Publish, Acknowledge, Watch, Good, Back}

// Failure is a step that failed.
type Failure struct {
	Step     Step      `json:"step"`
	Reason   string    `json:"reason"`
	Since    time.Time `json:"since"`
	Revision string    `json:"revision,omitempty"` // of the document, where there is one
}

// stepError is an error of a step.
type stepError struct {
	step Step
	err  error
}

func (e *stepError) Error() string { return string(e.step) + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

func failed(step Step, err error) error { return &stepError{step, err} }

// maxReason bounds a reason: a configuration may have ten thousand mistakes.
const maxReason = 8 << 10

// fail notes a step that failed. One that fails again for the same reason does since it first did.
func (a *Agent) fail(id string, err error, at time.Time) {
	var s *stepError
	step := Fetch
	if errors.As(err, &s) {
		step, err = s.step, s.err
	}
	reason := err.Error()
	if len(reason) > maxReason {
		reason = reason[:maxReason] + "…"
	}
	f := &Failure{Step: step, Reason: reason, Since: at.UTC(), Revision: id}
	if old := a.failure; old != nil && old.Step == step && old.Reason == reason && old.Revision == id {
		return
	}
	a.log.Error("a step failed, what runs goes on running", "step", step, "revision", id, "reason", reason)
	a.set(func() { a.failure = f })
}
