package breaker

import (
	"encoding/binary"

	"github.com/routeiq/routeiq/abi"
)

// The table and the windows are bytes in the store, little-endian varints (encoding/binary). Bytes that cannot be read
// are taken as empty: the worst that follows is a breaker that closes early.

// Table is every circuit that is not closed.
type Table []Circuit

// Find returns the circuit of a deployment, or nil when it is closed.
func (t Table) Find(id string) *Circuit {
	for i := range t {
		if t[i].ID == id {
			return &t[i]
		}
	}
	return nil
}

// ParseTable reads what Append wrote.
func ParseTable(b []byte) Table {
	r := reader{b: b}
	n := r.uint()
	var t Table
	for i := uint64(0); i < n && !r.bad; i++ {
		c := Circuit{
			ID: r.text(), UntilMS: r.int(), Class: r.class(), Trips: int(r.int()), Successes: int(r.int()), Probes: r.ints(),
		}
		if !r.bad {
			t = append(t, c)
		}
	}
	return t
}

// Append writes the table behind dst.
func (t Table) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(t)))
	for i := range t {
		c := &t[i]
		dst = binary.AppendUvarint(dst, uint64(len(c.ID)))
		dst = append(dst, c.ID...)
		dst = appendClass(binary.AppendVarint(dst, c.UntilMS), c.Class)
		dst = binary.AppendVarint(dst, int64(c.Trips))
		dst = binary.AppendVarint(dst, int64(c.Successes))
		dst = appendInts(dst, c.Probes)
	}
	return dst
}

func appendInts(dst []byte, values []int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, v := range values {
		dst = binary.AppendVarint(dst, v)
	}
	return dst
}

// appendClass writes a class as its place in abi.FailureClasses, from 1; 0: none.
func appendClass(dst []byte, class abi.Class) []byte {
	for i, c := range abi.FailureClasses {
		if c == class {
			return append(dst, byte(i+1))
		}
	}
	return append(dst, 0)
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string {
	n := r.uint()
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) ints() []int64 {
	n := r.uint()
	if r.bad || n > uint64(len(r.b)) { // each takes a byte at least
		r.bad = true
		return nil
	}
	var values []int64
	for range n {
		values = append(values, r.int())
	}
	return values
}

func (r *reader) class() abi.Class {
	n := r.uint()
	if n == 0 || n > uint64(len(abi.FailureClasses)) {
		return ""
	}
	return abi.FailureClasses[n-1]
}
