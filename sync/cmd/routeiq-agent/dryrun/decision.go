package dryrun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// decided is a line of the decision log, as far as it is looked at.
type decided struct {
	ID       string    `json:"request_id"`
	Group    string    `json:"group"`
	Abstains string    `json:"abstains"`
	Attempts []attempt `json:"attempts"`
	Refused  string    `json:"refused"`
	Lost     string    `json:"lost"`
}

// attempt is one of those that would be made.
type attempt struct {
	Deployment string `json:"deployment"`
}

// wrong tells what is wrong with a decision; empty: nothing. A group none of whose deployments can be used is a group all the
// same, and a pattern's probe may be another's, whose text before the * is longer.
func (l decided) wrong(g *abi.ModelGroup) string {
	switch {
	case l.Lost != "":
		return "the module failed while it handled a request for it"
	case l.Refused != "" && l.Refused != "no_deployment_configured":
		return "a request for it is refused with " + l.Refused
	case l.Group != g.Name && !strings.Contains(g.Name, "*"):
		return fmt.Sprintf("a request for it was decided for %q", l.Group)
	case len(l.Attempts) == 0 && l.Refused == "":
		return "a request for it was given no deployment"
	}
	return ""
}

// decideWithin bounds the wait for the decisions of probes: they come within milliseconds.
const decideWithin = time.Minute

// decisions gathers what a host's decision log says.
type decisions struct {
	mu    sync.Mutex
	rest  []byte
	lines map[string]decided
	more  chan struct{} // closed with the next line
}

// Write implements io.Writer.
func (d *decisions) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest = append(d.rest, text...)
	for {
		line, rest, whole := bytes.Cut(d.rest, []byte("\n"))
		if !whole {
			break
		}
		var entry struct {
			Decision decided `json:"decision"`
		}
		if err := json.Unmarshal(line, &entry); err != nil {
			return 0, fmt.Errorf("a line of the decision log: %w", err)
		}
		if d.lines == nil {
			d.lines = map[string]decided{}
		}
		d.lines[entry.Decision.ID] = entry.Decision
		d.rest = rest
	}
	if d.more != nil {
		close(d.more)
		d.more = nil
	}
	return len(text), nil
}

// of waits for the lines of requests, and forgets all.
func (d *decisions) of(ctx context.Context, asked map[string]*abi.ModelGroup) (map[string]decided, error) {
	ctx, stop := context.WithTimeout(ctx, decideWithin)
	defer stop()
	for {
		d.mu.Lock()
		missing := ""
		for id, g := range asked {
			if _, there := d.lines[id]; !there {
				missing = g.Name
				break
			}
		}
		if missing == "" {
			lines := d.lines
			d.lines = nil
			d.mu.Unlock()
			return lines, nil
		}
		if d.more == nil {
			d.more = make(chan struct{})
		}
		more := d.more
		d.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, fmt.Errorf("group %q: the module logged no decision for a request: %w", missing, ctx.Err())
		}
	}
}
