package vm

import (
	"errors"
	"strings"
)

// Trap is the error of a VM whose module failed: it panicked, ran out of memory, exited or took too long.
type Trap struct {
	Function string // the callback that was running
	Reason   string // for logs; it may hold the module's stack trace
	Late     bool   // it exceeded Options.CallLimit
}

var _ error = (*Trap)(nil)

// Error gives the first line of the reason.
func (t *Trap) Error() string {
	reason, _, _ := strings.Cut(t.Reason, "\n")
	return "the module failed in " + t.Function + ": " + reason
}

// errLate unwinds a module that exceeded its time.
var errLate = errors.New("it took longer than one call may take")

// maxReason bounds a stack trace in a log line.
const maxReason = 4 << 10

func newTrap(function string, err error) *Trap {
	reason := err.Error()
	if len(reason) > maxReason {
		reason = reason[:maxReason] + "…"
	}
	return &Trap{Function: function, Reason: reason, Late: errors.Is(err, errLate)}
}
