package host

import (
	"crypto/rand"
	"encoding/hex"
)

// maxRequestID is the longest request id taken from a client.
const maxRequestID = 128

// requestID keeps a client's request id when it is visible ASCII of a sane length, and makes a UUID of version 4
// otherwise. It is the seed of every decision and stands in logs and answers.
func requestID(given string) string {
	if given != "" && len(given) <= maxRequestID {
		visible := true
		for i := range len(given) {
			visible = visible && given[i] > ' ' && given[i] < 0x7f
		}
		if visible {
			return given
		}
	}
	var b [16]byte
	rand.Read(b[:]) // never fails: it ends the process rather
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[0:], b[0:4])
	hex.Encode(text[9:], b[4:6])
	hex.Encode(text[14:], b[6:8])
	hex.Encode(text[19:], b[8:10])
	hex.Encode(text[24:], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
