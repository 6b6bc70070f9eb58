package jsontext

import "math/bits"

const ones, tops = 0x0101010101010101, 0x8080808080808080

// Plain returns where in text, from at on, the first byte stands that a string does not hold as it is: a quote, a
// backslash or a control character. It returns len(text) when there is none. at must be at most len(text).
//
// Nearly every byte of a body is inside a string, and a branch per byte is dear in WebAssembly, so eight bytes are
// looked at together: for each of the three conditions a byte's top bit is set when it holds. A borrow can set it
// wrongly only above a byte where it holds, and the lowest is what counts (Warren, Hacker's Delight, 6-1).
func Plain(text []byte, at int) int {
	for ; len(text)-at >= 8; at += 8 {
		b := text[at : at+8 : at+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := x^ones*'"', x^ones*'\\'
		if stop := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x) & tops; stop != 0 {
			return at + bits.TrailingZeros64(stop)>>3
		}
	}
	for at < len(text) && text[at] != '"' && text[at] != '\\' && text[at] >= 0x20 {
		at++
	}
	return at
}
