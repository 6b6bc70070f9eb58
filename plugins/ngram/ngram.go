// Package ngram makes a vector of a text without a model: "routeiq/ngram-1", hashed words, pairs of words and triples of bytes. Its
// definition, so that another language can make the same, is in docs/abi.md.
package ngram

import "math"

// ID is what an artifact calls this encoder.
const ID = "routeiq/ngram-1"

// MinDimension and the largest that an artifact may state (abi.MaxDimension) bound a vector; it is a power of two.
const MinDimension = 256

// Valid tells whether a vector can have so many numbers.
func Valid(dimension int) bool { return dimension >= MinDimension && dimension&(dimension-1) == 0 }

// Maker makes vectors of one dimension. It keeps its scratch, so it is not for concurrent use.
type Maker struct {
	counts []int32
	vector []float32
}

// NewMaker returns a maker of vectors of a valid dimension.
func NewMaker(dimension int) *Maker {
	return &Maker{counts: make([]int32, dimension), vector: make([]float32, dimension)}
}

// FNV-1a, 64 bits.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

// The states of the hash behind the first byte of a feature, which says what kind it is.
var (
	wordState   = begin('w')
	pairState   = begin('b')
	tripleState = begin('c')
)

// begin is the hash of one byte. (A constant would overflow where the compiler multiplies.)
func begin(c byte) uint64 {
	h := uint64(offset)
	return (h ^ uint64(c)) * prime
}

// Vector returns a text's vector, of length 1; all zeros where the text has no word. It is the maker's own until the next call.
func (m *Maker) Vector(text string) []float32 {
	clear(m.counts)
	pair, first := uint64(0), true
	for at := 0; at < len(text); {
		if lower[text[at]] == 0 {
			at++
			continue
		}
		word, before, last := wordState, tripleState, byte(' ')
		next := pair // of the pair this word ends: the word before it and a blank
		began := at
		// A triple is hashed from its first byte on: two states run behind the reader.
		var second uint64
		for ; at < len(text); at++ {
			c := lower[text[at]]
			if c == 0 {
				break
			}
			word = (word ^ uint64(c)) * prime
			next = (next ^ uint64(c)) * prime
			if at > began {
				m.count((second ^ uint64(c)) * prime)
			}
			second = (((before ^ uint64(last)) * prime) ^ uint64(c)) * prime
			last = c
		}
		m.count((second ^ ' ') * prime)
		m.count(word)
		if !first {
			m.count(next)
		}
		first = false
		pair = pairState
		for _, c := range []byte(text[began:at]) {
			pair = (pair ^ uint64(lower[c])) * prime
		}
		pair = (pair ^ ' ') * prime
	}
	return m.scale()
}

// count adds a feature's sign at its place.
func (m *Maker) count(h uint64) {
	sign := int32(1) - 2*int32(h>>63)
	m.counts[(h^h>>32)&uint64(len(m.counts)-1)] += sign
}

// scale makes the vector of the counts: of each the square root, with its sign, over the root of their sum.
func (m *Maker) scale() []float32 {
	sum := 0
	for _, c := range m.counts {
		sum += int(max(c, -c))
	}
	if sum == 0 {
		clear(m.vector)
		return m.vector
	}
	length := math.Sqrt(float64(sum))
	for i, c := range m.counts {
		switch {
		case c == 0:
			m.vector[i] = 0
		case c > 0:
			m.vector[i] = float32(math.Sqrt(float64(c)) / length)
		default:
			m.vector[i] = -float32(math.Sqrt(float64(-c)) / length)
		}
	}
	return m.vector
}

// lower is a byte of a word in small letters; 0: it is none of a word. Letters beyond ASCII are what their bytes are.
var lower = func() (table [256]byte) {
	for c := range 256 {
		b := byte(c)
		switch {
		case 'A' <= b && b <= 'Z':
			table[c] = b + 'a' - 'A'
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9', b == '_', b >= 0x80:
			table[c] = b
		}
	}
	return table
}()
