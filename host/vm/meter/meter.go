// Package meter rewrites a WebAssembly module so that it calls home now and then while it runs: every loop counts down,
// and at zero the module calls wasi_snapshot_preview1.sched_yield, which its host implements.
//
// Why: compiled guest code cannot be interrupted from outside, not even by Go's garbage collector, which would wait for
// an endless loop for ever and take the whole process with it. wazero's own remedy (WithCloseOnContextDone) leaves the
// compiled code at every turn of every loop: a loop over bytes in a guest written in Go ran 10 times slower with it and
// 1.25 times with this; a whole request in routeiq.wasm takes 10 % more than without either. Counting before jumps back
// in place of at the heads of loops was tried: 17 % more, because there are many more such places.
package meter

import (
	"errors"
	"fmt"
)

// Period is how many turns of loops lie between two calls of sched_yield: some tens of microseconds.
const Period = 1 << 16

// The function the rewritten module calls. A module that does not import it cannot be metered.
const (
	yieldModule = "wasi_snapshot_preview1"
	yieldName   = "sched_yield"
)

// ErrNoYield says that a module does not import sched_yield. Modules made by the Go compiler always do.
var ErrNoYield = errors.New("the module does not import " + yieldModule + "." + yieldName)

// Section ids of the binary format that are read here.
const (
	sectionCustom = 0
	sectionImport = 2
	sectionGlobal = 6
	sectionExport = 7
	sectionCode   = 10
	sectionTag    = 13
)

// Metered returns the module with the counting added. It returns ErrNoYield for a module without the import, and another
// error for one it cannot read; the caller then has to bound the guest's time in another way.
func Metered(wasm []byte) ([]byte, error) {
	r := &reader{b: wasm}
	if string(r.take(8)) != "\x00asm\x01\x00\x00\x00" {
		return nil, errors.New("not a WebAssembly module of version 1")
	}
	out := append(make([]byte, 0, len(wasm)+len(wasm)/4), wasm[:8]...)
	var counter probe
	placed := false
	for r.more() {
		id := r.byte()
		body := r.take(int(r.u32()))
		if r.err != nil {
			break
		}
		// The counter is the last global, so that no index moves. A module without globals gets the section where
		// the format wants it: before the exports.
		if !placed && id >= sectionExport && id != sectionTag {
			out = appendSection(out, sectionGlobal, counter.globals(nil))
			placed = true
		}
		switch id {
		case sectionImport:
			counter.readImports(&reader{b: body})
		case sectionGlobal:
			if placed {
				return nil, errors.New("two global sections")
			}
			body = counter.globals(body)
			placed = true
		case sectionCode:
			if !counter.found {
				return nil, ErrNoYield
			}
			var err error
			if body, err = counter.code(body); err != nil {
				return nil, err
			}
		}
		if counter.err != nil {
			return nil, counter.err
		}
		out = appendSection(out, id, body)
	}
	if r.err != nil {
		return nil, r.err
	}
	if !counter.found {
		return nil, ErrNoYield
	}
	return out, nil
}

// probe is what has to be known to write the counting: the counter's and the function's index.
type probe struct {
	found  bool
	yield  uint32 // function index of sched_yield
	global uint32 // index of the counter
	insert []byte // the code put at the head of every loop
	err    error
}

// readImports finds sched_yield and counts the imported globals.
func (p *probe) readImports(r *reader) {
	functions := uint32(0)
	for range r.u32() {
		module, name := r.name(), r.name()
		switch kind := r.byte(); kind {
		case 0: // function: type index
			r.u32()
			if module == yieldModule && name == yieldName {
				p.found, p.yield = true, functions
			}
			functions++
		case 1: // table: element type, limits
			r.byte()
			r.limits()
		case 2: // memory
			r.limits()
		case 3: // global: type, mutability
			r.take(2)
			p.global++
		default:
			p.err = fmt.Errorf("import %s.%s is of the unknown kind %d", module, name, kind)
			return
		}
		if r.err != nil {
			p.err = fmt.Errorf("import section: %w", r.err)
			return
		}
	}
}

// globals returns the global section's body with the counter added; nil is an empty section.
func (p *probe) globals(body []byte) []byte {
	r := &reader{b: body}
	n := uint32(0)
	if body != nil {
		if n = r.u32(); r.err != nil {
			p.err = fmt.Errorf("global section: %w", r.err)
			return nil
		}
	}
	out := appendU32(nil, n+1)
	out = append(out, body[r.at:]...)
	out = append(out, 0x7f, 0x01, 0x41) // a mutable i32, initially i32.const …
	out = appendS32(out, Period)
	out = append(out, 0x0b) // end
	p.global += n
	p.insert = p.countdown()
	return out
}

// countdown is the code of one turn: count down, and at zero call sched_yield and start again. It leaves the operand
// stack as it was and jumps nowhere outside itself, so it fits at the head of every loop.
func (p *probe) countdown() []byte {
	b := appendU32([]byte{0x23}, p.global)                    // global.get
	b = append(b, 0x41, 0x01, 0x6b)                           // i32.const 1; i32.sub
	b = appendU32(append(b, 0x24), p.global)                  // global.set
	b = appendU32(append(b, 0x23), p.global)                  // global.get
	b = append(b, 0x45, 0x04, 0x40)                           // i32.eqz; if (no result)
	b = appendU32(append(b, 0x10), p.yield)                   // call
	b = append(b, 0x1a)                                       // drop
	b = appendS32(append(b, 0x41), Period)                    // i32.const
	return append(appendU32(append(b, 0x24), p.global), 0x0b) // global.set; end
}

// code returns the code section's body with the counting in every loop of every function.
func (p *probe) code(body []byte) ([]byte, error) {
	r := &reader{b: body}
	n := r.u32()
	out := appendU32(make([]byte, 0, len(body)+len(body)/4), n)
	var scratch []byte
	for i := range n {
		f := &reader{b: r.take(int(r.u32()))}
		if r.err != nil {
			return nil, fmt.Errorf("code section, function %d: %w", i, r.err)
		}
		scratch = p.function(scratch[:0], f)
		if f.err != nil {
			return nil, fmt.Errorf("code section, function %d, offset %d: %w", i, f.at, f.err)
		}
		out = appendU32(out, uint32(len(scratch)))
		out = append(out, scratch...)
	}
	if r.more() {
		return nil, errors.New("code section: bytes after the last function")
	}
	return out, nil
}

// function copies one function's body: its locals as they are, then its instructions.
func (p *probe) function(out []byte, f *reader) []byte {
	for range f.u32() { // groups of locals: count, type
		f.u32()
		f.byte()
		if f.err != nil {
			return nil
		}
	}
	copied := 0
	for f.more() && f.err == nil {
		if f.instruction() == opLoop {
			out = append(out, f.b[copied:f.at]...)
			out = append(out, p.insert...)
			copied = f.at
		}
	}
	return append(out, f.b[copied:]...)
}

func appendSection(out []byte, id byte, body []byte) []byte {
	out = appendU32(append(out, id), uint32(len(body)))
	return append(out, body...)
}
