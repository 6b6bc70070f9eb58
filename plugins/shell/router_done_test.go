package shell

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestAbandon(t *testing.T) {
	for _, c := range []struct {
		name    string
		timeout int
		lasted  int64
		status  int
		class   abi.Class
	}{
		{"no answer", 0, 5, 0, abi.ClassConnect},
		{"lost after its headers", 0, 5, 200, abi.ClassReset},
		{"lost early, with a deadline", 2000, 5, 0, abi.ClassConnect},
		{"at its deadline", 2000, 2001, 200, abi.ClassTimeout},
		{"at its deadline by another clock", 2000, 1999, 0, abi.ClassTimeout},
	} {
		p := &progress{beganMS: 100}
		p.outcome.Status = c.status
		p.abandon(c.timeout, 100+c.lasted)
		if p.outcome.Class != c.class || p.outcome.DurationMS != c.lasted || !p.done {
			t.Errorf("%s: got %+v, want %s", c.name, p.outcome, c.class)
		}
	}
}
