package host

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// decisionLog writes one JSON line per decision. Lines are gathered for a moment, because a system call for each costs
// more than all else the host does for one; close writes what is left.
type decisionLog struct {
	mu    sync.Mutex
	out   io.Writer
	log   *slog.Logger
	buf   []byte
	timer *time.Timer // runs while buf holds something
	done  bool
}

// How much and how long lines are gathered.
const (
	gatherBytes = 32 << 10
	gatherTime  = 100 * time.Millisecond
)

func newDecisionLog(out io.Writer, log *slog.Logger) *decisionLog {
	d := &decisionLog{out: out, log: log}
	d.timer = time.AfterFunc(time.Hour, d.flush)
	d.timer.Stop()
	return d
}

// write adds a line; decision is one JSON object as the module wrote it.
func (d *decisionLog) write(now time.Time, decision string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	first := len(d.buf) == 0
	d.buf = append(d.buf, `{"time":"`...)
	d.buf = now.UTC().AppendFormat(d.buf, time.RFC3339Nano)
	d.buf = append(d.buf, `","level":"INFO","msg":"decision","decision":`...)
	d.buf = appendLine(d.buf, decision)
	d.buf = append(d.buf, "}\n"...)
	switch {
	case len(d.buf) >= gatherBytes || d.done:
		d.flushLocked()
	case first:
		d.timer.Reset(gatherTime)
	}
}

// lostLine stands for the decision of a request whose VM failed: nobody knows any more what was decided, but that the
// request was there, and what its client got, is known.
func lostLine(id string, status int) string {
	line := jsontext.AppendString([]byte(`{"request_id":`), id)
	line = strconv.AppendInt(append(line, `,"status":`...), int64(status), 10)
	return string(append(line, `,"lost":"vm"}`...))
}

// appendLine keeps the promise of one line: what is no JSON, or spread over several lines, is made so.
func appendLine(b []byte, text string) []byte {
	raw := []byte(text)
	if bytes.IndexByte(raw, '\n') < 0 && len(raw) > 1 && raw[0] == '{' && raw[len(raw)-1] == '}' {
		return append(b, raw...)
	}
	var line bytes.Buffer
	if json.Compact(&line, raw) == nil {
		return append(b, line.Bytes()...)
	}
	quoted, err := json.Marshal(text)
	if err != nil { // a string always marshals
		quoted = []byte(`""`)
	}
	return append(b, quoted...)
}

func (d *decisionLog) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flushLocked()
}

func (d *decisionLog) flushLocked() {
	if len(d.buf) == 0 {
		return
	}
	if _, err := d.out.Write(d.buf); err != nil {
		d.log.Error("decisions could not be logged", "reason", err)
	}
	d.buf = d.buf[:0]
	d.timer.Stop()
}

func (d *decisionLog) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done = true
	d.flushLocked()
	return nil
}
