package jsontext

import (
	"math/bits"
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD; <, > and & are left alone.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0 // of the bytes that stand for themselves and are not appended yet: runs of them are appended at once
	for i := plainASCII(s, 0); i < len(s); i = plainASCII(s, i) {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendEscape(append(dst, s[from:i]...), c)
			i++
			from = i
			continue
		}
		// At most four bytes are looked at, so converting them never copies the whole text.
		char, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if char == utf8.RuneError && n == 1 {
			dst = utf8.AppendRune(append(dst, s[from:i]...), utf8.RuneError)
			from = i + 1
		}
		i += n
	}
	return append(append(dst, s[from:]...), '"')
}

// plainASCII is Plain for texts that may not be UTF-8: it stops at what is not ASCII, too.
func plainASCII[T string | []byte](s T, at int) int {
	for ; len(s)-at >= 8; at += 8 {
		x := uint64(s[at]) | uint64(s[at+1])<<8 | uint64(s[at+2])<<16 | uint64(s[at+3])<<24 |
			uint64(s[at+4])<<32 | uint64(s[at+5])<<40 | uint64(s[at+6])<<48 | uint64(s[at+7])<<56
		quote, slash := x^ones*'"', x^ones*'\\'
		if stop := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & tops; stop != 0 {
			return at + bits.TrailingZeros64(stop)>>3
		}
	}
	for at < len(s) && s[at] >= 0x20 && s[at] != '"' && s[at] != '\\' && s[at] < utf8.RuneSelf {
		at++
	}
	return at
}

// appendEscape appends a byte that a string cannot hold as it is.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// AppendFloat appends v in the shortest form that reads back as v. v must be finite.
func AppendFloat(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'g', -1, 64) }
