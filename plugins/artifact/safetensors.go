package artifact

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
)

// maxAxes bounds the shape of a tensor.
const maxAxes = 8

// span is where a tensor's bytes lie behind the header.
type span struct {
	Tensor
	begin, end int
}

// ParseTensors reads a file in the format of safetensors: the length of the header in 8 bytes, little-endian; the header, a JSON
// object that says of each tensor its dtype, shape and data_offsets; and the numbers. Tensors of other types than F32, F64 and I32
// are refused, as are bytes that belong to no tensor or to two. The numbers are not copied: see Tensor.Float32s.
func ParseTensors(b []byte) (Tensors, error) {
	if len(b) < 8 {
		return nil, errors.New(File + ": has " + strconv.Itoa(len(b)) + " bytes, expected at least 8, the length of its header")
	}
	length := binary.LittleEndian.Uint64(b)
	if length > uint64(len(b)-8) {
		return nil, errors.New(File + ": its header has " + strconv.FormatUint(length, 10) + " bytes, but only " +
			strconv.Itoa(len(b)-8) + " follow: the file is cut off, or no safetensors")
	}
	header, data := b[8:8+length], b[8+length:]
	d := decoder{r: jsontext.NewReader(header, depth)}
	spans := map[string]span{}
	err := d.object("", nil, func(name, path string) (bool, error) {
		if name == "__metadata__" {
			return true, d.r.Skip()
		}
		var s span
		err := d.tensor(path, &s)
		spans[name] = s
		return true, err
	})
	if err == nil {
		err = d.r.End()
	}
	if err != nil {
		return nil, errors.New(File + ": header: " + err.Error())
	}
	if len(d.errs) == 0 {
		d.layout(spans, len(data))
	}
	if len(d.errs) > 0 {
		return nil, errors.Join(d.errs...)
	}
	tensors := make(Tensors, len(spans))
	for name, s := range spans {
		s.data = data[s.begin:s.end:s.end]
		tensors[name] = s.Tensor
	}
	return tensors, nil
}

func (d *decoder) tensor(path string, s *span) error {
	var offsets []int
	numbers := func(path string, into *[]int, most int) error {
		return d.array(path, func(path string) error {
			if len(*into) == most {
				d.add(path, "is one too many, expected "+strconv.Itoa(most)+" at most")
				return d.r.Skip()
			}
			*into = append(*into, 0)
			return d.whole(path, &(*into)[len(*into)-1], 0, math.MaxInt)
		})
	}
	err := d.object(path, []string{"dtype", "shape", "data_offsets"}, func(key, path string) (bool, error) {
		switch key {
		case "dtype":
			return true, d.word(path, (*string)(&s.Type), string(F32), string(F64), string(I32))
		case "shape":
			s.Shape = []int{}
			return true, numbers(path, &s.Shape, maxAxes)
		case "data_offsets":
			return true, numbers(path, &offsets, 2)
		}
		return false, nil
	})
	if len(offsets) == 2 {
		s.begin, s.end = offsets[0], offsets[1]
	}
	return err
}

// layout notes what is wrong with where tensors lie: each must have as many bytes as its shape says, and they must follow one
// another from the first byte to the last.
func (d *decoder) layout(spans map[string]span, size int) {
	order := slices.SortedFunc(maps.Keys(spans), func(a, b string) int {
		return cmp.Or(cmp.Compare(spans[a].begin, spans[b].begin), cmp.Compare(spans[a].end, spans[b].end), cmp.Compare(a, b))
	})
	end := 0
	for _, name := range order {
		s := spans[name]
		place := "bytes " + strconv.Itoa(s.begin) + " to " + strconv.Itoa(s.end)
		switch {
		case s.begin > s.end || s.end > size:
			d.add(name+".data_offsets", "are "+place+", expected them in order and within the "+strconv.Itoa(size)+" there are")
			return
		case s.begin != end:
			d.add(name+".data_offsets", "are "+place+", expected them from "+strconv.Itoa(end)+" on, where the tensor before ends")
			return
		case s.Type.width() == 0 || !fills(s.Shape, s.Type.width(), s.end-s.begin):
			d.add(name, "is "+s.String()+", which is not the "+strconv.Itoa(s.end-s.begin)+" bytes it has")
		}
		end = s.end
	}
	if end != size {
		d.add(File, "has "+strconv.Itoa(size-end)+" bytes behind its last tensor")
	}
}

// fills tells whether numbers of a shape are so many bytes.
func fills(shape []int, width, size int) bool {
	if slices.Contains(shape, 0) {
		return size == 0
	}
	product := uint64(width)
	for _, n := range shape {
		high, low := bits.Mul64(product, uint64(n))
		if high != 0 {
			return false
		}
		product = low
	}
	return product == uint64(size)
}
