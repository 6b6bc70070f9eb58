package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/host"
)

// drainVariable is how many seconds exchanges in flight may take when the host ends; unset or empty: the host's default.
const drainVariable = "ROUTEIQ_DRAIN_TIMEOUT_SECONDS"

// maxDrain keeps a mistyped number from becoming a process that never ends.
const maxDrain = 24 * time.Hour

// drainLimit reads drainVariable; 0: it says nothing.
func (p *process) drainLimit() (time.Duration, error) {
	text, _ := p.getenv(drainVariable)
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if limit := time.Duration(seconds * float64(time.Second)); err == nil && seconds > 0 && seconds <= maxDrain.Seconds() && limit > 0 {
		return limit, nil
	}
	return 0, fmt.Errorf("%s is %q, expected a number of seconds above 0 and at most %.0f; unset it for %.0f",
		drainVariable, text, maxDrain.Seconds(), host.DefaultDrainLimit.Seconds())
}
