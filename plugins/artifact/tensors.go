package artifact

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strconv"
	"unsafe"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// Type is what a tensor's numbers are, in safetensors' words.
type Type string

// The types that artifacts have.
const (
	F32 Type = "F32"
	F64 Type = "F64"
	I32 Type = "I32"
)

func (t Type) size() int {
	if t == F64 {
		return 8
	}
	return 4
}

// Tensor is numbers in rows: little-endian, the last dimension next to each other.
type Tensor struct {
	Name  string
	Type  Type
	Shape []int
	data  []byte
}

// Tensors are those of a file, in the order of their bytes.
type Tensors []Tensor

// Bounds of a file's head.
const (
	maxHead       = 1 << 20
	maxTensors    = 4096
	maxDimensions = 4
)

// ParseTensors reads model.safetensors: eight bytes with the length of a JSON object, that object, and the numbers
// (https://github.com/huggingface/safetensors). Tensors must cover all bytes, without gap and overlap. They are views of the file.
func ParseTensors(file []byte) (Tensors, error) {
	if len(file) < 8 {
		return nil, errors.New("has " + strconv.Itoa(len(file)) + " bytes, which is no safetensors file")
	}
	length := binary.LittleEndian.Uint64(file)
	if length > maxHead || length > uint64(len(file)-8) {
		return nil, errors.New("the length of its head is " + strconv.FormatUint(length, 10) + ", expected at most " + strconv.Itoa(min(maxHead, len(file)-8)) + ": it was cut, or is no safetensors file")
	}
	h := head{r: jsontext.NewReader(file[8:8+length], maxDepth), data: file[8+length:]}
	seen := map[string]bool{}
	err := h.r.Object(func(key []byte) error {
		name := string(key)
		switch {
		case seen[name]:
			return errors.New(name + ": stands twice")
		case len(h.all) == maxTensors:
			return errors.New("has more than " + strconv.Itoa(maxTensors) + " tensors")
		}
		seen[name] = true
		if name == "__metadata__" {
			return h.r.Skip()
		}
		return within(name, h.tensor(name))
	})
	if err == nil {
		err = h.r.End()
	}
	if err != nil {
		return nil, within("head", err)
	}
	return h.all, h.cover()
}

// head is the JSON at the beginning of a file.
type head struct {
	r      *jsontext.Reader
	data   []byte
	all    Tensors
	ranges [][2]int
}

func (h *head) tensor(name string) error {
	t := Tensor{Name: name}
	from, to := -1, -1
	err := h.r.Object(func(key []byte) (err error) {
		switch string(key) {
		case "dtype":
			var s string
			s, err = h.r.String()
			t.Type = Type(s)
		case "shape":
			err = h.r.Array(func(i int) error {
				n, err := h.r.Int()
				if err == nil && (n < 0 || n > math.MaxInt32 || i >= maxDimensions) {
					err = errors.New(name + ": has a shape that is too large")
				}
				t.Shape = append(t.Shape, int(n))
				return err
			})
		case "data_offsets":
			err = h.r.Array(func(i int) error {
				n, err := h.r.Int()
				if n < 0 || n > int64(len(h.data)) || i > 1 {
					return errors.New(name + ": has data_offsets beyond the file, which was cut")
				}
				if i == 0 {
					from = int(n)
				} else {
					to = int(n)
				}
				return err
			})
		default:
			return errors.New(name + "." + string(key) + ": is no member of a tensor")
		}
		return err
	})
	if err != nil {
		return err
	}
	if t.Type != F32 && t.Type != F64 && t.Type != I32 {
		return errors.New(name + ": is of type " + strconv.Quote(string(t.Type)) + ", expected F32, F64 or I32")
	}
	want := int64(t.Type.size())
	for _, n := range t.Shape {
		if want *= int64(n); want > int64(len(h.data)) {
			break
		}
	}
	if from < 0 || to < from || int64(to-from) != want {
		return errors.New(name + ": has " + strconv.Itoa(max(to-from, 0)) + " bytes, expected what its shape needs")
	}
	t.data = h.data[from:to]
	h.all, h.ranges = append(h.all, t), append(h.ranges, [2]int{from, to})
	return nil
}

// cover makes sure that every byte belongs to one tensor.
func (h *head) cover() error {
	slices.SortFunc(h.ranges, func(a, b [2]int) int {
		if a[0] != b[0] {
			return a[0] - b[0]
		}
		return a[1] - b[1]
	})
	end := 0
	for _, r := range h.ranges {
		if r[0] != end {
			return errors.New("its tensors overlap, or leave bytes between them")
		}
		end = r[1]
	}
	if end != len(h.data) {
		return errors.New("has " + strconv.Itoa(len(h.data)-end) + " bytes behind its last tensor")
	}
	return nil
}

// Find returns a tensor by its name, or nil.
func (t Tensors) Find(name string) *Tensor {
	for i := range t {
		if t[i].Name == name {
			return &t[i]
		}
	}
	return nil
}

// Len is how many numbers it has.
func (t *Tensor) Len() int { return len(t.data) / t.Type.size() }

// Floats returns the numbers of an F32 tensor. They are not to be changed: they are a view of the file, where that is possible.
func (t *Tensor) Floats() []float32 { return view[float32](t, 4) }

// Doubles returns the numbers of an F64 tensor.
func (t *Tensor) Doubles() []float64 { return view[float64](t, 8) }

// Wholes returns the numbers of an I32 tensor.
func (t *Tensor) Wholes() []int32 { return view[int32](t, 4) }

// view is a tensor's numbers. Every machine this runs on is little-endian; bytes that are not aligned are copied.
func view[T float32 | float64 | int32](t *Tensor, size int) []T {
	n := len(t.data) / size
	if n == 0 {
		return nil
	}
	at := unsafe.Pointer(unsafe.SliceData(t.data))
	if uintptr(at)%uintptr(size) == 0 {
		return unsafe.Slice((*T)(at), n)
	}
	all := make([]T, n)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(all))), n*size), t.data)
	return all
}
