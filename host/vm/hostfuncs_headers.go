package vm

import "strings"

// headerMap returns a map of the effective context; nil: it is not there, or not visible in this phase. write says
// whether the module wants to change it.
func (v *VM) headerMap(kind uint64, write bool) *Headers {
	if v.scope == nil {
		return nil
	}
	if r := v.scope.plugin.response; r != nil && !write {
		switch kind {
		case mapCallHeaders:
			return r.Headers
		case mapCallTrailers:
			return r.Trailers
		}
	}
	s := v.scope.stream
	if s == nil {
		return nil
	}
	if s.log != nil { // in the log phase maps can be read and not changed
		if write {
			return nil
		}
		switch kind {
		case mapRequestHeaders:
			return s.log.RequestHeaders
		case mapResponseHeaders:
			return s.log.ResponseHeaders
		case mapResponseTrailers:
			return s.log.ResponseTrailers
		}
		return nil
	}
	switch kind {
	case mapRequestHeaders:
		return s.request.headers
	case mapRequestTrailers:
		return s.request.trailers
	case mapResponseHeaders:
		return s.response.headers
	case mapResponseTrailers:
		return s.response.trailers
	}
	return nil
}

func (v *VM) proxyGetHeader(s []uint64) Status {
	if s[0] > mapMax {
		return StatusBadArgument
	}
	name, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	h := v.headerMap(s[0], false)
	if h == nil {
		if v.scope != nil && v.scope.stream != nil && v.scope.stream.log != nil {
			return StatusNotFound
		}
		return StatusBadArgument
	}
	for _, l := range h.lines {
		if equalLower(l.Name, name) {
			return give(v, l.Value, s[3], s[4])
		}
	}
	return StatusNotFound
}

// equalLower compares a lower-case name with one a module wrote in any case.
func equalLower(lower string, name []byte) bool {
	if len(lower) != len(name) {
		return false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if lower[i] != c {
			return false
		}
	}
	return true
}

// changed reads the name and value a module wants to put into a map.
func (v *VM) changed(s []uint64) (h *Headers, name, value string, st Status) {
	if s[0] > mapMax {
		return nil, "", "", StatusBadArgument
	}
	n, ok1 := v.bytes(s[1], s[2])
	val, ok2 := v.bytes(s[3], s[4])
	if !ok1 || !ok2 {
		return nil, "", "", StatusInvalidMemory
	}
	h = v.headerMap(s[0], true)
	name, value = strings.ToLower(string(n)), string(val)
	if h == nil || !fits(name, value) {
		return nil, "", "", StatusBadArgument
	}
	return h, name, value, StatusOK
}

func (v *VM) proxyAddHeader(s []uint64) Status {
	h, name, value, st := v.changed(s)
	if st == StatusOK {
		h.Add(name, value)
	}
	return st
}

func (v *VM) proxyReplaceHeader(s []uint64) Status {
	h, name, value, st := v.changed(s)
	if st == StatusOK {
		h.Set(name, value)
	}
	return st
}

func (v *VM) proxyRemoveHeader(s []uint64) Status {
	if s[0] > mapMax {
		return StatusBadArgument
	}
	name, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	h := v.headerMap(s[0], true)
	if h == nil {
		return StatusBadArgument
	}
	h.drop(0, func(n string) bool { return equalLower(n, name) })
	return StatusOK
}

// proxyGetHeaders gives the whole map; one that is not visible is empty, as in Envoy.
func (v *VM) proxyGetHeaders(s []uint64) Status {
	if s[0] > mapMax {
		return StatusBadArgument
	}
	lines := v.headerMap(s[0], false).Lines()
	if len(lines) == 0 {
		// Modules read the number of pairs without looking at the size.
		return give(v, "\x00\x00\x00\x00", s[1], s[2])
	}
	size := pairsSize(lines)
	ptr, b, ok := v.allocate(size)
	if !ok {
		return StatusInvalidMemory
	}
	putPairs(b, lines)
	return v.point(s[1], s[2], ptr, size)
}

func (v *VM) proxySetHeaders(s []uint64) Status {
	if s[0] > mapMax {
		return StatusBadArgument
	}
	b, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	h := v.headerMap(s[0], true)
	lines, err := parsePairs(b)
	if h == nil || err != nil || !allFit(lines) {
		return StatusBadArgument
	}
	h.Replace(lines)
	return StatusOK
}

func allFit(lines []Header) bool {
	for _, l := range lines {
		if !fits(l.Name, l.Value) {
			return false
		}
	}
	return true
}

func (v *VM) proxyGetHeadersSize(s []uint64) Status {
	if s[0] > mapMax {
		return StatusBadArgument
	}
	h := v.headerMap(s[0], false)
	if h == nil {
		return StatusBadArgument
	}
	if !v.memory.WriteUint32Le(uint32(s[1]), uint32(h.Size())) {
		return StatusInvalidMemory
	}
	return StatusOK
}
