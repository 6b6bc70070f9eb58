package detect

import "unicode/utf8"

// signs are the blocks of Unicode, first and last, whose characters are of no word. That is coarse: the tables of package
// unicode would be larger than the rest of detect, and a letter matters here only because it makes another word of the word
// it touches. What begins with a byte that kinds has for a letter is not asked for here.
var signs = [...][2]rune{
	{0x80, 0xa9}, {0xab, 0xb4}, {0xb6, 0xb9}, {0xbb, 0xbf}, // of Latin-1, but not ª µ º, nor × ÷
	{0x2000, 0x206f},                                     // punctuation: quotation marks, dashes, ellipsis
	{0x2190, 0x2bff},                                     // arrows, mathematics, shapes, dingbats
	{0x2e00, 0x2e7f},                                     // more punctuation
	{0x3001, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, // punctuation of East Asia
	{0xe000, 0xf8ff},                                                       // private
	{0xfe00, 0xfe6f},                                                       // variation selectors, as after an emoji, and small forms
	{0xff00, 0xff0f}, {0xff1a, 0xff20}, {0xff3b, 0xff40}, {0xff5b, 0xff65}, // of full width
	{0xfff0, 0xffff},   // among them U+FFFD, which bytes that are not UTF-8 decode to
	{0x1f000, 0x1faff}, // emoji
}

// wideKind is the kind of the character outside ASCII that text begins with, and its length in bytes.
func wideKind(text string) (kind, int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r >= 0x2000 && r <= 0x200a, r == 0x85, r == 0xa0, r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
		return blank, size // white space in Unicode
	case r == 0x2010, r == 0x2011, r == 0x2019: // hyphens, and the apostrophe of typesetters: let’s
		return joiner, size
	}
	for _, block := range signs {
		if r <= block[1] {
			if r >= block[0] {
				return other, size
			}
			break
		}
	}
	return letter, size
}
