package dialect

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"iter"
)

// What is wrong with a compressed request body.
var (
	ErrTooLarge = errors.New("the body is larger than allowed when it is decompressed")
	ErrNotGzip  = errors.New("the body is not valid gzip")
)

// Gunzip decompresses a request's body. More than limit bytes give ErrTooLarge, text that is not gzip ErrNotGzip; what
// comes out is never larger than limit, whatever the input claims.
func Gunzip(body []byte, limit int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, ErrNotGzip
	}
	out := make([]byte, 0, max(min(4*len(body), limit), 512))
	for {
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case len(out) > limit:
			return nil, ErrTooLarge
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, ErrNotGzip
		case len(out) == cap(out):
			out = append(out, 0)[:len(out)]
		}
	}
}

// decoder decompresses an answer as it passes: what an upstream flushed comes out with the chunk that holds it. The
// library's reader wants to pull its input, so it runs as a coroutine that is resumed for each chunk.
type decoder struct {
	in     []byte // of the chunk, not read yet
	end    bool   // no chunk follows
	out    []byte
	broken bool // the text is not gzip, or was cut

	next func() ([]byte, bool)
	stop func()
}

func newDecoder() *decoder { return &decoder{} }

// feed returns what chunk decompresses to; it is valid until the next call.
func (d *decoder) feed(chunk []byte, end bool) []byte {
	if d.next == nil { // late, so that an answer without a body starts nothing
		if len(chunk) == 0 {
			return nil
		}
		d.next, d.stop = iter.Pull(d.inflate)
	}
	d.in, d.end, d.out = chunk, end, d.out[:0]
	for {
		piece, ok := d.next()
		if !ok || len(piece) == 0 {
			return d.out
		}
		d.out = append(d.out, piece...)
	}
}

// close ends the coroutine.
func (d *decoder) close() {
	if d.stop != nil {
		d.stop()
	}
}

// inflate yields what was decompressed, and nothing when it needs the next chunk.
func (d *decoder) inflate(yield func([]byte) bool) {
	source := &source{d: d, yield: yield}
	r, err := gzip.NewReader(source)
	buf := make([]byte, 8<<10)
	for err == nil {
		var n int
		n, err = r.Read(buf)
		if n > 0 && !yield(buf[:n]) {
			return
		}
	}
	d.broken = err != io.EOF && !source.gone
}

// source is the chunks as the library reads them. It is an io.ByteReader, so nothing is read ahead.
type source struct {
	d     *decoder
	yield func([]byte) bool
	gone  bool // nobody wants the rest
}

func (s *source) more() bool {
	for len(s.d.in) == 0 {
		if s.gone || s.d.end {
			return false
		}
		s.gone = !s.yield(nil)
	}
	return true
}

func (s *source) Read(p []byte) (int, error) {
	if !s.more() {
		return 0, io.EOF
	}
	n := copy(p, s.d.in)
	s.d.in = s.d.in[n:]
	return n, nil
}

func (s *source) ReadByte() (byte, error) {
	if !s.more() {
		return 0, io.EOF
	}
	c := s.d.in[0]
	s.d.in = s.d.in[1:]
	return c, nil
}
