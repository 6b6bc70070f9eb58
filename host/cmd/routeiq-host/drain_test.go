package main

import (
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/host/vm/vmtest"
)

func TestDrainLimit(t *testing.T) {
	for _, tt := range []struct {
		text string
		want time.Duration
		bad  bool
	}{
		{"", 0, false}, {"30", 30 * time.Second, false}, {"0.5", 500 * time.Millisecond, false}, {"86400", 24 * time.Hour, false},
		{"0", 0, true}, {"-1", 0, true}, {"30s", 0, true}, {"NaN", 0, true}, {"Inf", 0, true}, {"1e-300", 0, true}, {"86401", 0, true},
	} {
		p := &process{getenv: environment(map[string]string{drainVariable: tt.text})}
		got, err := p.drainLimit()
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%q: %v %v", tt.text, got, err)
		}
		if tt.bad && !strings.Contains(err.Error(), drainVariable+` is "`+tt.text+`"`) {
			t.Errorf("%q: %v", tt.text, err)
		}
	}
}

func TestBadDrainLimitIsRefusedAtStart(t *testing.T) {
	var complaints vmtest.Logs
	p := &process{out: &complaints, err: &complaints, getenv: environment(map[string]string{
		"LITELLM_CONFIG_PATH": configFile(t, mock), drainVariable: "soon",
	})}
	if got := p.run(t.Context(), nil); got != exitRefused || !strings.Contains(complaints.String(), drainVariable) {
		t.Errorf("exit %d: %s", got, &complaints)
	}
}
