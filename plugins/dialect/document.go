package dialect

// document reads one JSON text as it passes, in any pieces: it checks that the text is well formed and hands over the
// values of chosen members of the outermost object, so that an answer of any size is never held.
type document struct {
	grammar
	key     []byte // of the member of the outermost object that is being read
	taking  bool   // its value is being kept
	editing bool   // and held back, because it may be replaced
	lost    bool   // it is too long to keep
	value   []byte
	text    int // bytes of strings below the outermost object that are no keys
}

const (
	documentKey   = 32        // longer keys are none of ours
	documentValue = 256 << 10 // longer values are not kept
)

// taker is told of the members of the outermost object.
type taker interface {
	// member is called when a value begins; it tells whether it is to be kept, and whether it may be replaced.
	member(key []byte) (keep, edit bool)
	// value is given a kept value as it stands, nil when it was too long, and returns what it becomes; nil: no change.
	value(key, value []byte) []byte
}

// feed reads the next bytes. Without edits it returns chunk itself; else it appends to out what can be passed on.
func (d *document) feed(chunk []byte, t taker, edits bool, out []byte) []byte {
	from, began := 0, 0 // of what is not passed on yet; of the value that is being kept
	for i := 0; i < len(chunk) && d.state != stBad; i++ {
		if n := d.run(chunk[i:]); n > 0 {
			if d.state == stString {
				d.inside(chunk[i : i+n])
			}
			if i += n; i == len(chunk) {
				break
			}
		}
		s := d.step(chunk[i])
		if s == valueBegins {
			if keep, edit := t.member(d.key); keep {
				d.taking, d.editing, d.lost, d.value, began = true, edit && edits, false, d.value[:0], i
			}
			if d.editing {
				out, from = append(out, chunk[from:i]...), i
			}
			continue
		}
		if s == valueEnds || s == valueEnded {
			end := i
			if s == valueEnds {
				end++
			}
			if d.taking {
				d.keep(chunk[began:end])
				out = d.finish(t, out)
				if d.editing {
					from = end
				}
				d.taking, d.editing = false, false
			}
			d.key = d.key[:0]
		}
	}
	if d.taking {
		d.keep(chunk[began:])
	}
	if !edits {
		return chunk
	}
	if d.editing {
		if d.state == stBad { // nothing is held back of a text that cannot be read
			return d.flush(out)
		}
		return out
	}
	return append(out, chunk[from:]...)
}

// finish hands the kept value over.
func (d *document) finish(t taker, out []byte) []byte {
	if d.lost {
		t.value(d.key, nil)
		return out
	}
	became := t.value(d.key, d.value)
	if !d.editing {
		return out
	}
	if became == nil {
		became = d.value
	}
	return append(out, became...)
}

// flush gives up a value that is held back: its text has ended inside it.
func (d *document) flush(out []byte) []byte {
	if d.editing {
		out = append(out, d.value...)
	}
	d.taking, d.editing = false, false
	return out
}

func (d *document) keep(bytes []byte) {
	if d.lost || !d.editing && len(d.value)+len(bytes) > documentValue {
		d.lost = true
		return
	}
	d.value = append(d.value, bytes...)
}

// inside takes note of what a string holds.
func (d *document) inside(bytes []byte) {
	switch {
	case !d.inKey && d.depth > 1:
		d.text += len(bytes)
	case d.inKey && d.depth == 1 && len(d.key) <= documentKey:
		d.key = append(d.key, bytes[:min(len(bytes), documentKey+1)]...)
	}
}
