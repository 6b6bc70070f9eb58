package artifact

import (
	"encoding/binary"
	"slices"
	"strconv"
	"unsafe"
)

// Type is what the numbers of a tensor are.
type Type string

// The types.
const (
	F32 Type = "F32"
	F64 Type = "F64"
	I32 Type = "I32"
)

// width is how many bytes a number has; 0: there is no such type.
func (t Type) width() int {
	switch t {
	case F32, I32:
		return 4
	case F64:
		return 8
	}
	return 0
}

// Tensor is an array of numbers, row by row.
type Tensor struct {
	Type  Type
	Shape []int
	data  []byte
}

// Tensors are those of a file, by name.
type Tensors map[string]Tensor

// Len is how many numbers there are.
func (t Tensor) Len() int { return len(t.data) / max(t.Type.width(), 1) }

// String says what it is, as an error does: "F32 [9,768]".
func (t Tensor) String() string { return string(t.Type) + " " + Shape(t.Shape) }

// Shape writes a shape as the format's document does; -1 stands for any length.
func Shape(shape []int) string {
	text := []byte{'['}
	for i, n := range shape {
		if i > 0 {
			text = append(text, ',')
		}
		if n < 0 {
			text = append(text, '?')
		} else {
			text = strconv.AppendInt(text, int64(n), 10)
		}
	}
	return string(append(text, ']'))
}

// Float32s are the numbers of a tensor of type F32. They are the bytes that the tensor was read from, where these lie as the
// machine wants them; then nobody may write to either. The other two do alike.
func (t Tensor) Float32s() []float32 { return view[float32](t) }

// Float64s are the numbers of a tensor of type F64.
func (t Tensor) Float64s() []float64 { return view[float64](t) }

// Int32s are the numbers of a tensor of type I32.
func (t Tensor) Int32s() []int32 { return view[int32](t) }

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// view takes bytes for numbers; a copy is made only where they are misaligned or the machine is big-endian.
func view[T float32 | float64 | int32](t Tensor) []T {
	n := t.Len()
	if n == 0 {
		return nil
	}
	p := unsafe.Pointer(unsafe.SliceData(t.data))
	if littleEndian && uintptr(p)%unsafe.Alignof(T(0)) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	numbers := make([]T, n)
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(numbers))), len(t.data))
	copy(bytes, t.data)
	if width := t.Type.width(); !littleEndian {
		for i := 0; i < len(bytes); i += width {
			slices.Reverse(bytes[i : i+width])
		}
	}
	return numbers
}
