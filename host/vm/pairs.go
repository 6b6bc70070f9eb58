package vm

import (
	"encoding/binary"
	"errors"
	"strings"
)

// A header map travels between host and module as: the number of pairs, then for each pair the two lengths, then for
// each pair name NUL value NUL. All numbers are 32 bits, little endian.

// pairsSize is how many bytes lines take.
func pairsSize(lines []Header) int {
	n := 4
	for _, l := range lines {
		n += len(l.Name) + len(l.Value) + 10
	}
	return n
}

// putPairs writes lines to b, which has pairsSize bytes.
func putPairs(b []byte, lines []Header) {
	binary.LittleEndian.PutUint32(b, uint32(len(lines)))
	at := 4
	for _, l := range lines {
		binary.LittleEndian.PutUint32(b[at:], uint32(len(l.Name)))
		binary.LittleEndian.PutUint32(b[at+4:], uint32(len(l.Value)))
		at += 8
	}
	for _, l := range lines {
		at += copy(b[at:], l.Name)
		b[at] = 0
		at += 1 + copy(b[at+1:], l.Value)
		b[at] = 0
		at++
	}
}

var errPairs = errors.New("malformed header map")

// parsePairs reads what putPairs wrote. Names come out in lower case. It copies everything.
func parsePairs(b []byte) ([]Header, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if len(b) < 4 {
		return nil, errPairs
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if n == 0 {
		return nil, nil
	}
	if 4+8*n > uint64(len(b)) {
		return nil, errPairs
	}
	text := string(b[4+8*n:])
	lines := make([]Header, 0, n)
	for i := range int(n) {
		name, ok1 := cutPair(&text, binary.LittleEndian.Uint32(b[4+8*i:]))
		value, ok2 := cutPair(&text, binary.LittleEndian.Uint32(b[8+8*i:]))
		if !ok1 || !ok2 {
			return nil, errPairs
		}
		lines = append(lines, Header{strings.ToLower(name), value})
	}
	return lines, nil
}

// cutPair takes size bytes and a NUL off the front of text. Some modules leave the last NUL away.
func cutPair(text *string, size uint32) (string, bool) {
	if uint64(size) > uint64(len(*text)) {
		return "", false
	}
	s := (*text)[:size]
	*text = (*text)[size:]
	if *text != "" {
		*text = (*text)[1:]
	}
	return s, true
}
