package detect

import (
	"crypto/sha256"
	"unicode/utf8"
)

// keyRunes is how many code points of a prompt count in a key.
const keyRunes = 200

// SessionKey names the conversation that a request belongs to: 16 hex digits, the first of
// SHA-256("sys:" + system + "|usr:" + firstUser), each cut to 200 code points; a byte that is not UTF-8 counts as one.
//
// Take the first message of the user, which a conversation keeps. The Python RouteIQ computes the same, but of the last
// message, and so gives every turn a key of its own.
func SessionKey(system, firstUser string) string {
	var room [len("sys:|usr:") + 2*keyRunes*utf8.UTFMax]byte
	text := append(room[:0], "sys:"...)
	text = append(text, head(system)...)
	text = append(text, "|usr:"...)
	text = append(text, head(firstUser)...)
	sum := sha256.Sum256(text)
	var key [16]byte
	for i := range key {
		key[i] = "0123456789abcdef"[sum[i/2]>>(4*(1-i%2))&15]
	}
	return string(key[:])
}

// head returns the first keyRunes code points of text.
func head(text string) string {
	n := 0
	for i := range text {
		if n == keyRunes {
			return text[:i]
		}
		n++
	}
	return text
}
