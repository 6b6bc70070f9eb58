package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Line is a decision's log line, read here by its own reader: the log is part of the contract.
type Line struct {
	RequestID   string   `json:"request_id"`
	Revision    string   `json:"revision"`
	NowMS       int64    `json:"now_ms"`
	Turn        int64    `json:"turn"`
	API         string   `json:"api"`
	Model       string   `json:"model"`
	Stream      bool     `json:"stream"`
	InputTokens int      `json:"input_tokens"`
	Needs       []string `json:"needs"`
	Pinned      string   `json:"pinned"`
	Spent       bool     `json:"budget_spent"`
	Group       string   `json:"group"`
	Strategy    string   `json:"strategy"`
	Abstains    string   `json:"abstains"`
	Shadow      string   `json:"shadow_deployment"`
	Attempts    []struct {
		Deployment    string `json:"deployment"`
		Group         string `json:"group"`
		UpstreamModel string `json:"upstream_model"`
		Probe         bool   `json:"probe"`
		Forced        bool   `json:"forced"`
		Only          string `json:"only_after"`
		Class         string `json:"class"`
		Status        int    `json:"status"`
		Reason        string `json:"reason"`
		Input         int    `json:"input"`
		Output        int    `json:"output"`
		Estimated     bool   `json:"estimated"`
	} `json:"attempts"`
	LeftOut []struct {
		Deployment string `json:"deployment"`
		Reason     string `json:"reason"`
	} `json:"left_out"`
	Seen []struct {
		Deployment string  `json:"deployment"`
		Score      float64 `json:"score"`
	} `json:"seen"`
	Refused string `json:"refused"`
	Status  int    `json:"status"`
}

// ParseLine reads a line.
func ParseLine(text []byte) (*Line, error) {
	var l Line
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("the decision's line is no JSON: %w: %s", err, text)
	}
	return &l, nil
}

// made are the attempts that were made, as "deployment=class …".
func (l *Line) made() string {
	var all []string
	for _, a := range l.Attempts {
		if a.Class != "" {
			all = append(all, a.Deployment+"="+a.Class)
		}
	}
	return strings.Join(all, " ")
}

// leftOut are the deployments left out, as "deployment=reason …".
func (l *Line) leftOut() string {
	var all []string
	for _, o := range l.LeftOut {
		all = append(all, o.Deployment+"="+o.Reason)
	}
	return strings.Join(all, " ")
}

// Lines gathers the decisions of a log as it is written. It is an io.Writer that is safe for concurrent use.
type Lines struct {
	find func(line []byte) []byte // cuts the decision out of a line of the log; nil: there is none in it

	mu      sync.Mutex
	partial []byte
	byID    map[string][]byte
	changed chan struct{}
}

// NewLines returns a gatherer; find cuts the decision out of a line of the log, or returns nil.
func NewLines(find func(line []byte) []byte) *Lines {
	return &Lines{find: find, byID: map[string][]byte{}, changed: make(chan struct{})}
}

// Write implements io.Writer.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, ok := bytes.Cut(l.partial, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		if err := l.add(bytes.Clone(line)); err != nil {
			return len(p), err
		}
		l.partial = rest
	}
}

// Add files a line of the log that is whole.
func (l *Lines) Add(line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.add(line)
}

func (l *Lines) add(line []byte) error {
	decision := l.find(line)
	if decision == nil {
		return nil
	}
	parsed, err := ParseLine(decision)
	if err != nil {
		return err
	}
	l.byID[parsed.RequestID] = decision
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

// Get returns the decision of the request with this id, if it is logged by now.
func (l *Lines) Get(id string) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line, ok := l.byID[id]
	return line, ok
}

// Await returns the decision of the request with this id once it is logged.
func (l *Lines) Await(ctx context.Context, id string) ([]byte, error) {
	for {
		l.mu.Lock()
		line, ok := l.byID[id]
		changed := l.changed
		l.mu.Unlock()
		if ok {
			return line, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("the decision of request %q was not logged: %w", id, ctx.Err())
		}
	}
}

// All returns every decision so far, by request id.
func (l *Lines) All() map[string][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string][]byte, len(l.byID))
	for id, line := range l.byID {
		all[id] = line
	}
	return all
}

// AwaitCount returns when n decisions are logged.
func (l *Lines) AwaitCount(ctx context.Context, n int) error {
	for {
		l.mu.Lock()
		got, changed := len(l.byID), l.changed
		l.mu.Unlock()
		if got >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d decisions were logged, expected %d: %w", got, n, ctx.Err())
		}
	}
}
