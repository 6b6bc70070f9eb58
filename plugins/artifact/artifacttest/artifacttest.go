// Package artifacttest writes artifacts, for tests of what reads them.
package artifacttest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi/jsontext"
	"github.com/routeiq/routeiq/plugins/artifact"
)

// Tensor is numbers, row by row: []float32, []float64 or []int32. Without a shape it has one axis.
type Tensor struct {
	Numbers any
	Shape   []int
}

// Tensors are the numbers of an artifact, by name.
type Tensors map[string]Tensor

// Bytes writes the file.
func (t Tensors) Bytes() []byte {
	var header, data []byte
	for i, name := range slices.Sorted(maps.Keys(t)) {
		begin := len(data)
		dtype, shape := artifact.F32, t[name].Shape
		var n int
		switch numbers := t[name].Numbers.(type) {
		case []float32:
			n = len(numbers)
			for _, x := range numbers {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
			}
		case []float64:
			dtype, n = artifact.F64, len(numbers)
			for _, x := range numbers {
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
			}
		case []int32:
			dtype, n = artifact.I32, len(numbers)
			for _, x := range numbers {
				data = binary.LittleEndian.AppendUint32(data, uint32(x))
			}
		default:
			panic(fmt.Sprintf("%s: %T are no numbers of a tensor", name, numbers))
		}
		if shape == nil {
			shape = []int{n}
		}
		header = append(header, "{,"[min(i, 1)])
		header = jsontext.AppendString(header, name)
		header = fmt.Appendf(header, `:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, dtype, artifact.Shape(shape), begin, len(data))
	}
	if header == nil {
		header = []byte("{")
	}
	header = append(header, '}')
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header, data)
}

// Manifest writes a manifest of a kind, of labels a, b, c ... and with an encoder of the dimension, if it is not 0. Parameters are
// texts and numbers. more are members as they are written, each with a comma before it.
func Manifest(kind string, labels, dimension int, parameters map[string]any, model []byte, more string) []byte {
	sum := sha256.Sum256(model)
	text := fmt.Appendf(nil, `{"format":"routeiq-artifact","version":1,"kind":%q,"origin":"test","labels":[`, kind)
	for i, label := range Labels(labels) {
		text = fmt.Appendf(text, "%s%q", ","[:min(i, 1)], label)
	}
	text = append(text, "]"...)
	if dimension != 0 {
		text = fmt.Appendf(text, `,"encoder":{"id":"test","dimension":%d,"normalize":false},"query_view":"last_user"`, dimension)
	}
	text = append(text, `,"parameters":{`...)
	for i, name := range slices.Sorted(maps.Keys(parameters)) {
		text = append(text, ","[:min(i, 1)]...)
		text = append(jsontext.AppendString(text, name), ':')
		switch v := parameters[name].(type) {
		case string:
			text = jsontext.AppendString(text, v)
		case int:
			text = strconv.AppendInt(text, int64(v), 10)
		case float64:
			text = jsontext.AppendFloat(text, v)
		default:
			panic(fmt.Sprintf("%s: %T is no parameter", name, v))
		}
	}
	return fmt.Appendf(text, `},"files":{%q:{"sha256":%q,"size":%d}}%s}`, artifact.File, hex.EncodeToString(sum[:]), len(model), more)
}

// Labels are n names: a, b, c ..., after z a26.
func Labels(n int) []string {
	labels := make([]string, n)
	for i := range labels {
		if i < 26 {
			labels[i] = string(rune('a' + i))
		} else {
			labels[i] = "a" + strconv.Itoa(i)
		}
	}
	return labels
}
