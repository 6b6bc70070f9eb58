package artifact_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// file is one with a header, and so many bytes of numbers.
func file(header string, size int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for i := range size {
		b = append(b, byte(i))
	}
	return b
}

func TestParseTensors(t *testing.T) {
	narrow, wide, whole := []float32{1, -2.5, 0, math.MaxFloat32}, []float64{math.Pi, -1e300}, []int32{math.MinInt32, 7, -1}
	b := artifacttest.Tensors{
		"a": {Numbers: narrow, Shape: []int{2, 2}}, "b": {Numbers: wide}, "c \"quoted\"": {Numbers: whole, Shape: []int{3, 1, 1}},
		"d": {Numbers: []float32{}, Shape: []int{0, 3}},
	}.Bytes()
	for offset := range 9 { // wherever the file lies in memory
		moved := append(make([]byte, offset, offset+len(b)), b...)[offset:]
		got, err := artifact.ParseTensors(moved)
		if err != nil {
			t.Fatal(err)
		}
		a, b, c, d := got["a"], got["b"], got["c \"quoted\""], got["d"]
		if len(got) != 4 || !slices.Equal(a.Float32s(), narrow) || !slices.Equal(b.Float64s(), wide) || !slices.Equal(c.Int32s(), whole) || len(d.Float32s()) != 0 {
			t.Errorf("at %d: %v", offset, got)
		}
		if a.String() != "F32 [2,2]" || c.String() != "I32 [3,1,1]" || a.Len() != 4 || d.String() != "F32 [0,3]" {
			t.Errorf("at %d: %v", offset, got)
		}
		if inside := within(moved, unsafe.Pointer(&a.Float32s()[0])); offset%8 == 0 && !inside {
			t.Errorf("at %d: the numbers are copied", offset)
		}
	}
}

func within(b []byte, p unsafe.Pointer) bool {
	return uintptr(p) >= uintptr(unsafe.Pointer(&b[0])) && uintptr(p) < uintptr(unsafe.Pointer(&b[0]))+uintptr(len(b))
}

func TestParseTensorsMetadata(t *testing.T) {
	got, err := artifact.ParseTensors(file(`{"__metadata__":{"format":"pt"},"a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}  `, 4))
	if err != nil || len(got) != 1 || !slices.Equal(got["a"].Int32s(), []int32{0x03020100}) {
		t.Error(got, err)
	}
	if got, err := artifact.ParseTensors(file("{}", 0)); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestParseTensorsRefused(t *testing.T) {
	one := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"a":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	two := func(first, second string) string {
		return fmt.Sprintf(`{"a":{"dtype":"F32","shape":[1],"data_offsets":%s},"b":{"dtype":"F32","shape":[1],"data_offsets":%s}}`, first, second)
	}
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{nil, "model.safetensors: has 0 bytes, expected at least 8"},
		{make([]byte, 7), "has 7 bytes"},
		{[]byte{9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "its header has 9 bytes, but only 2 follow"},
		{slices.Repeat([]byte{255}, 100), "its header has 18446744073709551615 bytes, but only 92 follow"},
		{make([]byte, 8), "model.safetensors: header: unexpected end"},
		{file("[]", 0), "header: expected an object, found an array"},
		{file("{} x", 0), "header: text after the value"},
		{file(`{"a":1}`, 0), "a: is 1, expected an object"},
		{file(one("F16", "[2]", "[0,4]"), 4), `a.dtype: is "F16", expected F32, F64 or I32`},
		{file(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4), "a.dtype: is missing"},
		{file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), "a.shape: is missing"},
		{file(`{"a":{"dtype":"F32","shape":[1]}}`, 4), "a.data_offsets: is missing"},
		{file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, 4), "a.x: is no member"},
		{file(one("F32", "[1]", "[0,4]"), 5), "has 1 bytes behind its last tensor"},
		{file(one("F32", "[1]", "[0]"), 0), "a: is F32 [1], which is not the 0 bytes it has"},
		{file(one("F32", "[1]", "[0,4,8]"), 4), "a.data_offsets[2]: is one too many, expected 2 at most"},
		{file(one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), "a.shape[8]: is one too many, expected 8 at most"},
		{file(one("F32", "[-1]", "[0,4]"), 4), "a.shape[0]: is -1, expected a whole number from 0"},
		{file(one("F32", "[1.0]", "[0,4]"), 4), "a.shape[0]: is 1.0, expected a whole number"},
		{file(one("F32", "[2]", "[0,4]"), 4), "a: is F32 [2], which is not the 4 bytes it has"},
		{file(one("F32", "[0]", "[0,4]"), 4), "a: is F32 [0], which is not the 4 bytes it has"},
		{file(one("F64", "[2305843009213693953]", "[0,8]"), 8), "which is not the 8 bytes"},     // 2^61+1: times 8 it is 8 again
		{file(one("F32", "[4294967296,4294967296,1]", "[0,4]"), 4), "which is not the 4 bytes"}, // 2^64
		{file(one("F32", "[9223372036854775807,0]", "[0,4]"), 4), "which is not the 4 bytes"},   // nothing
		{file(one("F32", "[1]", "[4,0]"), 4), "a.data_offsets: are bytes 4 to 0, expected them in order"},
		{file(one("F32", "[1]", "[0,8]"), 4), "a.data_offsets: are bytes 0 to 8, expected them in order and within the 4 there are"},
		{file(one("F32", "[1]", "[9223372036854775803,9223372036854775807]"), 4), "expected them in order and within the 4"},
		{file(one("F32", "[1]", "[1,5]"), 5), "a.data_offsets: are bytes 1 to 5, expected them from 0 on"},
		{file(two("[0,4]", "[0,4]"), 4), "b.data_offsets: are bytes 0 to 4, expected them from 4 on"},
		{file(two("[0,4]", "[2,6]"), 6), "b.data_offsets: are bytes 2 to 6, expected them from 4 on"},
		{file(two("[0,4]", "[8,12]"), 12), "b.data_offsets: are bytes 8 to 12, expected them from 4 on"},
		{file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "a: stands twice"},
		{file(`{"a":`+strings.Repeat("[", 9)+strings.Repeat("]", 9)+`}`, 0), "nested deeper than 8 levels"},
	} {
		if got, err := artifact.ParseTensors(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.150q: %v, %v, expected %s", c.b, got, err, c.want)
		}
	}
}

// FuzzParseTensors: the tensors that are accepted are all of the file, and not more.
func FuzzParseTensors(f *testing.F) {
	f.Add(artifacttest.Tensors{"a": {Numbers: []float32{1, 2}}, "b": {Numbers: []float64{3}}, "c": {Numbers: []int32{4, 5, 6}}}.Bytes())
	f.Add(file(`{"__metadata__":{"a":"b"},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}`, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		tensors, err := artifact.ParseTensors(b)
		if err != nil {
			return
		}
		bytes := 0
		for name, tensor := range tensors {
			n := 1
			for _, axis := range tensor.Shape {
				n *= axis
			}
			var read int
			switch tensor.Type {
			case artifact.F32:
				read, bytes = len(tensor.Float32s()), bytes+4*n
			case artifact.F64:
				read, bytes = len(tensor.Float64s()), bytes+8*n
			case artifact.I32:
				read, bytes = len(tensor.Int32s()), bytes+4*n
			}
			if read != n || tensor.Len() != n {
				t.Errorf("%s is %v and has %d numbers", name, tensor, read)
			}
		}
		if length := int(binary.LittleEndian.Uint64(b)); bytes != len(b)-8-length {
			t.Errorf("the tensors have %d bytes of %d", bytes, len(b)-8-length)
		}
	})
}
