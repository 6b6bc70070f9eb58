package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// answer reads the answers of one connection, one after the other, into the same memory.
type answer struct {
	r          *bufio.Reader
	body       []byte
	status     int
	header     string // of Want.Header
	last       bool   // the connection ends with this answer
	firstEvent time.Time
	eventSize  int
}

const (
	bufferSize = 64 << 10 // a whole stream: few reads
	maxBody    = 64 << 20 // no answer of the benchmark comes near it
)

func newAnswer(from io.Reader, bodySize, eventSize int) *answer {
	return &answer{r: bufio.NewReaderSize(from, bufferSize), body: make([]byte, 0, bodySize), eventSize: eventSize}
}

// read takes one answer off the connection.
func (a *answer) read(want *Want) error {
	a.body, a.header, a.last, a.firstEvent = a.body[:0], "", false, time.Time{}
	line, err := a.line()
	if err != nil {
		return err
	}
	if err := a.statusLine(line); err != nil {
		return err
	}
	length, chunked := -1, false
	for {
		line, err := a.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			return fmt.Errorf("a header line without a colon: %.80q", line)
		}
		value = bytes.TrimSpace(value)
		switch {
		case equal(name, "content-length"):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > maxBody {
				return fmt.Errorf("content-length is %.40q, expected a number up to %d", value, maxBody)
			}
		case equal(name, "transfer-encoding"):
			if chunked = equal(value, "chunked"); !chunked {
				return fmt.Errorf("transfer-encoding is %.40q, expected chunked", value)
			}
		case equal(name, "connection"):
			a.last = equal(value, "close")
		case want.Header != "" && equal(name, want.Header):
			a.header = string(value)
		}
	}
	switch {
	case chunked:
		return a.chunks()
	case length >= 0:
		return a.take(length)
	}
	return errors.New("the answer has neither content-length nor chunks")
}

func (a *answer) statusLine(line []byte) error {
	_, rest, _ := bytes.Cut(line, []byte{' '})
	code, _, _ := bytes.Cut(rest, []byte{' '})
	n, err := strconv.Atoi(string(code))
	if err != nil || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return fmt.Errorf("no status line: %.80q", line)
	}
	a.status = n
	return nil
}

// line returns the next line without its end. It is good until the next read.
func (a *answer) line() ([]byte, error) {
	line, err := a.r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// chunks reads a chunked body and its trailers.
func (a *answer) chunks() error {
	for {
		line, err := a.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 31)
		if err != nil || int(n) > maxBody-len(a.body) {
			return fmt.Errorf("no chunk size: %.40q", line)
		}
		if n == 0 {
			break
		}
		if err := a.take(int(n)); err != nil {
			return err
		}
		if end, err := a.line(); err != nil || len(end) != 0 {
			return fmt.Errorf("a chunk of %d bytes does not end there: %.40q, %w", n, end, err)
		}
	}
	for { // trailers
		line, err := a.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
	}
}

// take appends n bytes to the body, and notes when the first event is whole.
func (a *answer) take(n int) error {
	for n > 0 {
		if _, err := a.r.Peek(1); err != nil { // fills the buffer with what is there
			return err
		}
		some := min(n, a.r.Buffered())
		view, err := a.r.Peek(some)
		if err != nil {
			return err
		}
		a.body = append(a.body, view...)
		if _, err := a.r.Discard(some); err != nil {
			return err
		}
		n -= some
		if a.eventSize > 0 && a.firstEvent.IsZero() && len(a.body) >= a.eventSize {
			a.firstEvent = time.Now()
		}
	}
	return nil
}

// check compares the answer with the one that is wanted.
func (a *answer) check(want *Want) error {
	if a.status != 200 {
		return fmt.Errorf("status %d: %.200q", a.status, a.body)
	}
	if want.Header != "" && a.header != want.Value {
		return fmt.Errorf("%s is %q, expected %q", want.Header, a.header, want.Value)
	}
	if !bytes.Equal(a.body, want.Body) {
		return fmt.Errorf("the body differs at byte %d of %d, expected %d bytes", differs(a.body, want.Body), len(a.body), len(want.Body))
	}
	return nil
}

// differs returns the index of the first byte that differs.
func differs(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// equal compares without regard to case. The conversion costs nothing: the compiler does not keep the string.
func equal(a []byte, b string) bool { return len(a) == len(b) && strings.EqualFold(string(a), b) }
