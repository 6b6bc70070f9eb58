package host

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/host/vm/vmtest"
)

func TestDecisionLinesAreOneJSONEach(t *testing.T) {
	out := &vmtest.Logs{}
	d := newDecisionLog(out, slog.New(slog.DiscardHandler))
	now := time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC)
	for _, text := range []string{`{"a":1}`, "{\n\"a\":\n1}", `not "json"`, ""} {
		d.write(now, text)
	}
	must(t, d.close())
	want := []string{`{"a":1}`, `{"a":1}`, `"not \"json\""`, `""`}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, line := range lines {
		var v struct {
			Time     time.Time
			Decision json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil || !v.Time.Equal(now) || string(v.Decision) != want[i] {
			t.Errorf("%s: %v", line, err)
		}
	}
	d.write(now, `{"late":true}`)
	if !strings.Contains(out.String(), "late") {
		t.Error("a line after the end was lost")
	}
}

// told is a writer that tells of each write.
type told struct{ writes chan string }

func (w told) Write(b []byte) (int, error) { w.writes <- string(b); return len(b), nil }

func TestDecisionLinesAppearByThemselves(t *testing.T) {
	w := told{make(chan string, 100)}
	d := newDecisionLog(w, slog.New(slog.DiscardHandler))
	d.write(time.Now(), `{"a":1}`)
	if got := <-w.writes; !strings.Contains(got, `{"a":1}`) {
		t.Errorf("%q", got)
	}
	d.write(time.Now(), `{"a":"`+strings.Repeat("x", gatherBytes)+`"}`) // a full buffer does not wait
	if len(<-w.writes) < gatherBytes {
		t.Error("a full buffer was not written whole")
	}
	must(t, d.close())
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestDecisionLogTellsWhenItCannotWrite(t *testing.T) {
	l := &vmtest.Logs{}
	d := newDecisionLog(failing{}, slog.New(slog.NewTextHandler(l, nil)))
	d.write(time.Now(), `{}`)
	must(t, d.close())
	if !strings.Contains(l.String(), "disk full") {
		t.Errorf("%q", l)
	}
}
