package artifact

import (
	"errors"
	"math"
	"strconv"
)

// Model takes an artifact apart: what a kind asks for is taken once, and Done tells what was wrong, and what is left over.
type Model struct {
	*Manifest
	tensors Tensors
	taken   map[string]bool
	errs    []error
}

// NewModel begins to take an artifact apart.
func NewModel(m *Manifest, t Tensors) *Model {
	return &Model{Manifest: m, tensors: t, taken: map[string]bool{}}
}

// Refuse notes what is wrong with the artifact; path says where.
func (m *Model) Refuse(path, message string) { m.errs = append(m.errs, errors.New(path+": "+message)) }

// Any stands in a shape for a size that the tensor itself says.
const Any = -1

// tensor takes a tensor of a type and shape; nil where it is not so.
func (m *Model) tensor(name string, want Type, shape []int) *Tensor {
	m.taken[name] = true
	t := m.tensors.Find(name)
	if t == nil {
		m.Refuse(name, "is missing: kind "+m.Kind+" needs this tensor")
		return nil
	}
	good := t.Type == want && len(t.Shape) == len(shape)
	for i := 0; good && i < len(shape); i++ {
		good = shape[i] == Any || shape[i] == t.Shape[i]
	}
	if !good {
		m.Refuse(name, "is "+string(t.Type)+" "+shapeText(t.Shape)+", expected "+string(want)+" "+shapeText(shape))
		return nil
	}
	return t
}

func shapeText(shape []int) string {
	text := "["
	for i, n := range shape {
		if i > 0 {
			text += ", "
		}
		if n == Any {
			text += "any"
		} else {
			text += strconv.Itoa(n)
		}
	}
	return text + "]"
}

// Has tells whether there is a tensor of a name.
func (m *Model) Has(name string) bool { return m.tensors.Find(name) != nil }

// Rows is the first size of a tensor; 0 where there is none.
func (m *Model) Rows(name string) int {
	if t := m.tensors.Find(name); t != nil && len(t.Shape) > 0 {
		return t.Shape[0]
	}
	return 0
}

// Floats takes an F32 tensor, whose numbers are all finite.
func (m *Model) Floats(name string, shape ...int) []float32 {
	t := m.tensor(name, F32, shape)
	if t == nil {
		return nil
	}
	all := t.Floats()
	for i, v := range all {
		if v-v != 0 { // NaN or infinite
			m.Refuse(name, "its number "+strconv.Itoa(i)+" is not finite")
			return nil
		}
	}
	return all
}

// Doubles takes an F64 tensor, whose numbers are all finite.
func (m *Model) Doubles(name string, shape ...int) []float64 {
	t := m.tensor(name, F64, shape)
	if t == nil {
		return nil
	}
	all := t.Doubles()
	for i, v := range all {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			m.Refuse(name, "its number "+strconv.Itoa(i)+" is not finite")
			return nil
		}
	}
	return all
}

// Wholes takes an I32 tensor, whose numbers are all from low to high.
func (m *Model) Wholes(name string, low, high int, shape ...int) []int32 {
	t := m.tensor(name, I32, shape)
	if t == nil {
		return nil
	}
	all := t.Wholes()
	for i, v := range all {
		if int(v) < low || int(v) > high {
			m.Refuse(name, "its number "+strconv.Itoa(i)+" is "+strconv.Itoa(int(v))+", expected "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
			return nil
		}
	}
	return all
}

// parameter takes a parameter; nil where there is none.
func (m *Model) parameter(name string) *Parameter {
	m.taken["parameters."+name] = true
	for i := range m.Parameters {
		if m.Parameters[i].Name == name {
			return &m.Parameters[i]
		}
	}
	return nil
}

// Number takes a number within bounds.
func (m *Model) Number(name string, low, high float64) float64 {
	p := m.parameter(name)
	switch {
	case p == nil:
		m.Refuse("parameters."+name, "is missing: kind "+m.Kind+" needs this number")
	case p.isText || !(p.Number >= low && p.Number <= high):
		m.Refuse("parameters."+name, "expected a number from "+strconv.FormatFloat(low, 'g', -1, 64)+" to "+strconv.FormatFloat(high, 'g', -1, 64))
	default:
		return p.Number
	}
	return low
}

// Whole takes a whole number within bounds.
func (m *Model) Whole(name string, low, high int) int {
	v := m.Number(name, float64(low), float64(high))
	if v != math.Trunc(v) {
		m.Refuse("parameters."+name, "is "+strconv.FormatFloat(v, 'g', -1, 64)+", expected a whole number")
		return low
	}
	return int(v)
}

// HasParameter tells whether there is a parameter of a name.
func (m *Model) HasParameter(name string) bool {
	for i := range m.Parameters {
		if m.Parameters[i].Name == name {
			return true
		}
	}
	return false
}

// Word takes a text that is one of some.
func (m *Model) Word(name string, words ...string) string {
	p := m.parameter(name)
	if p != nil && p.isText && oneOf(words, p.Text) {
		return p.Text
	}
	want := ""
	for i, w := range words {
		if i > 0 {
			want += ", "
		}
		want += w
	}
	if p == nil {
		m.Refuse("parameters."+name, "is missing, expected one of "+want)
	} else {
		m.Refuse("parameters."+name, "is "+strconv.Quote(p.Text)+", expected one of "+want)
	}
	return words[0]
}

// Labelled refuses another number of labels than the kind has.
func (m *Model) Labelled(n int) {
	if len(m.Labels) != n {
		m.Refuse("labels", "has "+strconv.Itoa(len(m.Labels))+" labels, kind "+m.Kind+" has "+strconv.Itoa(n))
	}
}

// Encoded takes the dimension of queries' vectors.
func (m *Model) Encoded() int {
	if m.Encoder == nil {
		m.Refuse("encoder", "is missing: kind "+m.Kind+" needs vectors")
	}
	return m.Dimension()
}

// Done tells everything that was wrong.
func (m *Model) Done() error {
	for i := range m.tensors {
		if name := m.tensors[i].Name; !m.taken[name] {
			m.Refuse(name, "is no tensor of kind "+m.Kind)
		}
	}
	for _, p := range m.Parameters {
		if !m.taken["parameters."+p.Name] {
			m.Refuse("parameters."+p.Name, "is no parameter of kind "+m.Kind)
		}
	}
	return errors.Join(m.errs...)
}

// Failed tells whether something was wrong so far.
func (m *Model) Failed() bool { return len(m.errs) > 0 }

// IsDouble tells whether there is a tensor of a name that is F64.
func (m *Model) IsDouble(name string) bool {
	t := m.tensors.Find(name)
	return t != nil && t.Type == F64
}
