// Package profile reads Go's CPU profiles, as far as it takes to say which part of a program used what share of the
// processor. The format is that of github.com/google/pprof's profile.proto, gzipped.
package profile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Part is a part of a program: the functions whose names begin like this.
type Part struct {
	Name     string
	Prefixes []string
}

// Profile is the samples of one.
type Profile struct {
	samples   []sample
	locations map[uint64][]uint64 // id → functions, the innermost first
	functions map[uint64]int64    // id → name, as an index
	texts     []string
}

type sample struct {
	locations []uint64 // the innermost first
	value     int64    // nanoseconds
}

// Fields of profile.proto.
const (
	profileSample, profileLocation, profileFunction, profileText = 2, 4, 5, 6

	sampleLocation, sampleValue = 1, 2
	locationID, locationLine    = 1, 4
	lineFunction                = 1
	functionID, functionName    = 1, 2
)

var errDamaged = errors.New("profile: the text ends in the middle, or is no profile")

// Read reads a profile.
func Read(r io.Reader) (*Profile, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p := &Profile{locations: map[uint64][]uint64{}, functions: map[uint64]int64{}}
	err = fields(text, func(n protowire.Number, _ uint64, inner []byte) error {
		switch n {
		case profileSample:
			return p.sample(inner)
		case profileLocation:
			return p.location(inner)
		case profileFunction:
			return p.function(inner)
		case profileText:
			p.texts = append(p.texts, string(inner))
		}
		return nil
	})
	return p, err
}

// fields calls each with every field: its number, and its value or its bytes.
func fields(text []byte, each func(n protowire.Number, v uint64, inner []byte) error) error {
	for len(text) > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return errDamaged
		}
		text = text[n:]
		var v uint64
		var inner []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(text)
		case protowire.BytesType:
			inner, n = protowire.ConsumeBytes(text)
		default:
			n = protowire.ConsumeFieldValue(number, kind, text)
		}
		if n < 0 {
			return errDamaged
		}
		text = text[n:]
		if err := each(number, v, inner); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a repeated number, packed or one of several.
func numbers(v uint64, packed []byte) (all []uint64, err error) {
	if packed == nil {
		return []uint64{v}, nil
	}
	for len(packed) > 0 {
		v, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return nil, errDamaged
		}
		all, packed = append(all, v), packed[n:]
	}
	return all, nil
}

func (p *Profile) sample(text []byte) error {
	var s sample
	err := fields(text, func(n protowire.Number, v uint64, inner []byte) error {
		all, err := numbers(v, inner)
		switch {
		case err != nil:
			return err
		case n == sampleLocation:
			s.locations = append(s.locations, all...)
		case n == sampleValue && len(all) > 0:
			s.value = int64(all[len(all)-1]) // of a CPU profile: the count first, nanoseconds last
		}
		return nil
	})
	p.samples = append(p.samples, s)
	return err
}

func (p *Profile) location(text []byte) error {
	var id uint64
	var functions []uint64
	err := fields(text, func(n protowire.Number, v uint64, inner []byte) error {
		switch n {
		case locationID:
			id = v
		case locationLine:
			return fields(inner, func(n protowire.Number, v uint64, _ []byte) error {
				if n == lineFunction {
					functions = append(functions, v)
				}
				return nil
			})
		}
		return nil
	})
	p.locations[id] = functions
	return err
}

func (p *Profile) function(text []byte) error {
	var id uint64
	var name int64
	err := fields(text, func(n protowire.Number, v uint64, _ []byte) error {
		switch n {
		case functionID:
			id = v
		case functionName:
			name = int64(v)
		}
		return nil
	})
	p.functions[id] = name
	return err
}

// Shares returns the share of each part, and of what is in none as the last. A sample counts once: for the part of the
// innermost function in its stack that is in any part, or the first of them where it is in several.
func (p *Profile) Shares(parts []Part) []float64 {
	times := make([]int64, len(parts)+1)
	var sum int64
	for _, s := range p.samples {
		times[p.partOf(&s, parts)] += s.value
		sum += s.value
	}
	shares := make([]float64, len(times))
	for i, t := range times {
		if sum > 0 {
			shares[i] = float64(t) / float64(sum)
		}
	}
	return shares
}

// Time is the processor time of all samples, in nanoseconds.
func (p *Profile) Time() (sum int64) {
	for _, s := range p.samples {
		sum += s.value
	}
	return sum
}

func (p *Profile) partOf(s *sample, parts []Part) int {
	for _, l := range s.locations {
		for _, f := range p.locations[l] {
			name := p.name(f)
			for i := range parts {
				if parts[i].has(name) {
					return i
				}
			}
		}
	}
	return len(parts)
}

func (p *Profile) name(function uint64) string {
	if i := p.functions[function]; i > 0 && i < int64(len(p.texts)) {
		return p.texts[i]
	}
	return ""
}

func (part *Part) has(name string) bool {
	for _, prefix := range part.Prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
