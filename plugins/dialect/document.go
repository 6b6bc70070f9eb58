package dialect

// document reads one JSON text as it passes, in any pieces: it checks that the text is well formed and hands over the
// values of chosen members of the outermost object, so that an answer of any size is never held.
type document struct {
	grammar
	taking  bool   // the member's value is being kept
	editing bool   // and held back, because it may be replaced
	lost    bool   // it is too long to keep
	value   []byte // what is kept of it, if it began in a former piece
}

// documentValue is the longest value that is kept, in bytes.
const documentValue = 256 << 10

// taker is told of the members of the outermost object.
type taker interface {
	// member is called when a value begins; it tells whether it is to be kept, and whether it may be replaced.
	member(key []byte) (keep, edit bool)
	// value is given a kept value as it stands, nil when it was too long, and returns what it becomes; nil: no change.
	value(key, value []byte) []byte
}

// feed reads the next bytes. Without edits it returns chunk itself; else it appends to out what can be passed on.
func (d *document) feed(chunk []byte, t taker, edits bool, out []byte) []byte {
	from, began, at := 0, 0, 0 // of what is not passed on yet; of the value that is being kept; of what is not read yet
	for at < len(chunk) {
		n, s := d.scan(chunk[at:])
		at += n
		switch {
		case s == valueBegins:
			keep, edit := t.member(d.name())
			d.taking, d.editing, d.lost, d.value, began = keep, keep && edit && edits, false, d.value[:0], at
			d.passing = !keep
			if d.editing {
				out, from = append(out, chunk[from:at]...), at
			}
		case s == valueEnds && d.taking:
			out = d.finish(chunk[began:at], t, out)
			if d.editing {
				from = at
			}
			d.taking, d.editing = false, false
		}
	}
	if d.taking {
		d.keep(chunk[began:])
	}
	switch {
	case !edits:
		return chunk
	case !d.editing:
		return append(out, chunk[from:]...)
	case d.state == stBad: // nothing is held back of a text that cannot be read
		return d.flush(out)
	}
	return out
}

// finish hands the kept value over; last is the last of it.
func (d *document) finish(last []byte, t taker, out []byte) []byte {
	value := last
	if len(d.value) > 0 || len(last) > documentValue {
		d.keep(last)
		value = d.value
	}
	if d.lost {
		t.value(d.name(), nil)
		return out
	}
	became := t.value(d.name(), value)
	if !d.editing {
		return out
	}
	if became == nil {
		became = value
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
