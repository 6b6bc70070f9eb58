package meter

import (
	"errors"
	"fmt"
)

// errShort says that the module ends in the middle of something.
var errShort = errors.New("unexpected end")

// reader reads the binary format. After the first error it returns zeros and keeps the error.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.b) }

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) byte() byte {
	if r.err != nil || r.at >= len(r.b) {
		r.fail(errShort)
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b)-r.at {
		r.fail(errShort)
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

// u32 reads an unsigned LEB128 number.
func (r *reader) u32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	r.fail(errors.New("a number is larger than 32 bits"))
	return 0
}

// leb skips a LEB128 number of at most 64 bits.
func (r *reader) leb() {
	for range 10 {
		if r.byte() < 0x80 {
			return
		}
	}
	r.fail(errors.New("a number is larger than 64 bits"))
}

func (r *reader) lebs(n int) {
	for range n {
		r.leb()
	}
}

func (r *reader) name() string { return string(r.take(int(r.u32()))) }

// limits skips the limits of a table or memory.
func (r *reader) limits() {
	flags := r.byte()
	r.leb()
	if flags&1 != 0 {
		r.leb()
	}
}

// memarg skips the alignment and offset of a memory instruction; bit 6 of the alignment announces a memory index.
func (r *reader) memarg() {
	if r.u32()&0x40 != 0 {
		r.leb()
	}
	r.leb()
}

const opLoop = 0x03

// instruction skips one instruction with its immediates and returns its first byte. The format:
// https://webassembly.github.io/spec/core/binary/instructions.html
func (r *reader) instruction() byte {
	op := r.byte()
	switch {
	case op == 0x02, op == opLoop, op == 0x04: // block, loop, if: block type
		r.leb()
	case op == 0x0c, op == 0x0d, op == 0x10, op == 0x12, op == 0xd2, op >= 0x20 && op <= 0x26:
		r.leb() // br, br_if, call, return_call, ref.func, locals, globals, tables: an index
	case op == 0x0e: // br_table
		for range r.u32() {
			if r.leb(); r.err != nil {
				return op
			}
		}
		r.leb()
	case op == 0x11, op == 0x13: // call_indirect, return_call_indirect
		r.lebs(2)
	case op == 0x1c: // select with types
		r.take(int(r.u32()))
	case op >= 0x28 && op <= 0x3e: // loads and stores
		r.memarg()
	case op == 0x3f, op == 0x40, op == 0x41, op == 0x42, op == 0xd0: // memory.size/grow, i32/i64.const, ref.null
		r.leb()
	case op == 0x43: // f32.const
		r.take(4)
	case op == 0x44: // f64.const
		r.take(8)
	case op == 0xfc:
		r.misc()
	case op == 0xfd:
		r.vector()
	case op <= 0x01, op == 0x05, op == 0x0b, op == 0x0f, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
		// no immediates
	default:
		r.fail(fmt.Errorf("unknown instruction 0x%02x", op))
	}
	return op
}

// misc skips what follows the prefix 0xfc: saturating conversions, bulk memory and table instructions.
func (r *reader) misc() {
	switch op := r.u32(); {
	case op <= 7:
	case op == 9, op == 11, op == 13, op >= 15 && op <= 17: // data.drop, memory.fill, elem.drop, table.grow/size/fill
		r.leb()
	case op == 8, op == 10, op == 12, op == 14: // memory.init, memory.copy, table.init, table.copy
		r.lebs(2)
	default:
		r.fail(fmt.Errorf("unknown instruction 0xfc %d", op))
	}
}

// vector skips what follows the prefix 0xfd: instructions on 128 bits.
func (r *reader) vector() {
	switch op := r.u32(); {
	case op <= 11, op == 92, op == 93: // loads and stores
		r.memarg()
	case op == 12, op == 13: // v128.const, i8x16.shuffle
		r.take(16)
	case op >= 21 && op <= 34: // a lane
		r.byte()
	case op >= 84 && op <= 91: // load or store of a lane
		r.memarg()
		r.byte()
	case op <= 0x113:
	default:
		r.fail(fmt.Errorf("unknown instruction 0xfd %d", op))
	}
}

func appendU32(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendS32(b []byte, v int32) []byte {
	for {
		c := byte(v) & 0x7f
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
