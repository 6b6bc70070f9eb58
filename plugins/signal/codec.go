package signal

import (
	"encoding/binary"
	"math"
)

// append writes a state under the name of its deployment.
func (s *state) append(dst []byte, id string) []byte {
	dst = appendText(dst, id)
	dst = binary.AppendVarint(dst, int64(s.inFlight))
	dst = binary.AppendVarint(dst, s.minute)
	dst = binary.AppendVarint(dst, int64(s.requests))
	dst = binary.AppendVarint(dst, int64(s.tokens))
	for _, m := range [...]sum{s.latency, s.first, s.output} {
		dst = binary.AppendVarint(dst, int64(m.count))
		if m.count != 0 {
			dst = binary.AppendVarint(appendFloat(dst, m.total), m.atMS)
		}
	}
	dst = binary.AppendVarint(dst, s.period)
	if s.period != 0 {
		dst = appendFloat(dst, s.spent)
	}
	dst = binary.AppendVarint(dst, s.gaugesMS)
	if s.gaugesMS != 0 {
		dst = appendFloat(appendFloat(dst, s.usage), s.waiting)
	}
	dst = binary.AppendUvarint(appendText(dst, s.kind), uint64(len(s.sums)))
	for _, v := range s.sums {
		dst = appendFloat(dst, v)
	}
	return dst
}

// parseStates reads what append wrote, one after the other; from what cannot be read on there is nothing.
func parseStates(b []byte) map[string]*state {
	states := map[string]*state{}
	d := decoder{b: b}
	for len(d.b) > 0 {
		id := d.text()
		s := &state{inFlight: int(d.int()), minute: d.int(), requests: int(d.int()), tokens: int(d.int())}
		for _, m := range [...]*sum{&s.latency, &s.first, &s.output} {
			if m.count = int(d.int()); m.count != 0 {
				m.total, m.atMS = d.float(), d.int()
			}
		}
		if s.period = d.int(); s.period != 0 {
			s.spent = d.float()
		}
		if s.gaugesMS = d.int(); s.gaugesMS != 0 {
			s.usage, s.waiting = d.float(), d.float()
		}
		s.kind = d.text()
		for n := d.uint(); n > 0 && !d.bad; n-- {
			s.sums = append(s.sums, d.float())
		}
		if d.bad {
			return states
		}
		states[id] = s
	}
	return states
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if n <= 0 || n > len(d.b) {
		d.b, d.bad = nil, true
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	d.take(n)
	return v
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	d.take(n)
	return v
}

func (d *decoder) float() float64 {
	v := d.take(8)
	if v == nil {
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(v))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.b, d.bad = nil, true
		return 0
	}
	return f
}

func (d *decoder) text() string {
	n := d.uint()
	if n == 0 {
		return ""
	}
	if n > uint64(len(d.b)) {
		d.b, d.bad = nil, true
		return ""
	}
	return string(d.take(int(n)))
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}
