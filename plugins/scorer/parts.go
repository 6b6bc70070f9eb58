package scorer

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// parts are what a kind builds a scorer from. Each method takes one part by its name and notes what is wrong with it; what it
// returns then is empty, so a kind looks at failed before it looks inside.
type parts struct {
	manifest  *artifact.Manifest
	tensors   artifact.Tensors
	dimension int // of a query's vector
	labels    int
	used      map[string]bool // paths of what was taken
	errs      []error
}

// some stands for a length of 1 or more in a shape.
const some = -1

func (p *parts) add(path, message string) { p.errs = append(p.errs, errors.New(path+": "+message)) }
func (p *parts) failed() bool             { return len(p.errs) > 0 }

// rest notes what was not taken.
func (p *parts) rest() {
	for _, name := range slices.Sorted(maps.Keys(p.tensors)) {
		if path := "tensor " + name; !p.used[path] {
			p.add(path, "is none that a "+p.manifest.Kind+" has")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.manifest.Parameters)) {
		if path := "parameters." + name; !p.used[path] {
			p.add(path, "is none that a "+p.manifest.Kind+" has")
		}
	}
}

// has tells whether there is a tensor.
func (p *parts) has(name string) bool {
	_, there := p.tensors[name]
	return there
}

// tensor takes a tensor of a type and a shape.
func (p *parts) tensor(name string, t artifact.Type, shape ...int) (artifact.Tensor, bool) {
	path := "tensor " + name
	p.used[path] = true
	got, there := p.tensors[name]
	same := func(want, n int) bool { return want == n || want == some && n > 0 }
	switch {
	case !there:
		p.add(path, "is missing, expected "+string(t)+" "+artifact.Shape(shape))
	case got.Type != t || !slices.EqualFunc(shape, got.Shape, same):
		p.add(path, "is "+got.String()+", expected "+string(t)+" "+artifact.Shape(shape))
	default:
		return got, true
	}
	return artifact.Tensor{}, false
}

// f32 takes a tensor of finite numbers.
func (p *parts) f32(name string, shape ...int) []float32 {
	t, ok := p.tensor(name, artifact.F32, shape...)
	return checked(p, ok, name, t.Float32s)
}

// f64 takes a tensor of finite numbers.
func (p *parts) f64(name string, shape ...int) []float64 {
	t, ok := p.tensor(name, artifact.F64, shape...)
	return checked(p, ok, name, t.Float64s)
}

// checked returns numbers that are all finite.
func checked[T number](p *parts, ok bool, name string, read func() []T) []T {
	if !ok {
		return nil
	}
	numbers := read()
	for i, x := range numbers {
		if !finite(float64(x)) {
			p.add("tensor "+name, "number "+strconv.Itoa(i)+" is NaN or infinite")
			return nil
		}
	}
	return numbers
}

// i32 takes a tensor of whole numbers from low to high.
func (p *parts) i32(name string, low, high int, shape ...int) []int32 {
	t, ok := p.tensor(name, artifact.I32, shape...)
	if !ok {
		return nil
	}
	numbers := t.Int32s()
	for i, x := range numbers {
		if int(x) < low || int(x) > high {
			p.add("tensor "+name, "number "+strconv.Itoa(i)+" is "+strconv.Itoa(int(x))+", expected "+strconv.Itoa(low)+" to "+strconv.Itoa(high))
			return nil
		}
	}
	return numbers
}

// parameter takes a parameter.
func (p *parts) parameter(name string, text bool, want string) artifact.Parameter {
	path := "parameters." + name
	p.used[path] = true
	v, there := p.manifest.Parameters[name]
	if !there {
		p.add(path, "is missing, expected "+want)
	} else if v.IsText != text {
		p.add(path, "is "+shown(v)+", expected "+want)
	}
	return v
}

func shown(v artifact.Parameter) string {
	if v.IsText {
		return strconv.Quote(v.Text)
	}
	return strconv.FormatFloat(v.Number, 'g', -1, 64)
}

// word takes a parameter that is one of some texts.
func (p *parts) word(name string, words ...string) string {
	want := "one of " + strings.Join(words, ", ")
	v := p.parameter(name, true, want)
	if v.IsText && !slices.Contains(words, v.Text) {
		p.add("parameters."+name, "is "+shown(v)+", expected "+want)
	}
	return v.Text
}

// number takes a parameter that is a number.
func (p *parts) number(name string) float64 { return p.parameter(name, false, "a number").Number }

// whole takes a parameter that is a whole number from low to high.
func (p *parts) whole(name string, low, high int) int {
	want := "a whole number from " + strconv.Itoa(low) + " to " + strconv.Itoa(high)
	errs := len(p.errs)
	v := p.parameter(name, false, want)
	if len(p.errs) == errs && !(v.Number >= float64(low) && v.Number <= float64(high) && v.Number == float64(int(v.Number))) {
		p.add("parameters."+name, "is "+shown(v)+", expected "+want)
	}
	return int(v.Number)
}

// two notes it if there are not two labels.
func (p *parts) two() {
	if p.labels != 2 {
		p.add("labels", "are "+strconv.Itoa(p.labels)+", expected 2")
	}
}
