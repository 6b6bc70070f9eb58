// Package encoder asks a server for the vector of a text, and reads its answer: OpenAI's embeddings, and Text Embeddings
// Inference. It makes no call itself.
package encoder

import (
	"errors"
	"math"
	"strconv"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

// Ask is the body of a request for one text's vector.
func Ask(e *abi.Encoder, text string) []byte {
	body := make([]byte, 0, len(text)+len(e.Model)+64)
	if e.API == abi.EncoderTEI {
		body = jsontext.AppendString(append(body, `{"inputs":`...), text)
		return append(body, `,"truncate":true}`...)
	}
	body = jsontext.AppendString(append(body, `{"input":`...), text)
	if e.Model != "" {
		body = jsontext.AppendString(append(body, `,"model":`...), e.Model)
	}
	return append(body, `,"encoding_format":"float"}`...)
}

// Read reads the vector in an answer: {"data":[{"embedding":[…]}]}, or [[…]].
func Read(e *abi.Encoder, body []byte) ([]float32, error) {
	r := jsontext.NewReader(body, jsontext.DefaultMaxDepth)
	var vector []float32
	var err error
	if e.API == abi.EncoderTEI {
		vector, err = first(r, func() ([]float32, error) { return numbers(r) })
	} else {
		err = r.Object(func(key []byte) error {
			if string(key) != "data" {
				return r.Skip()
			}
			vector, err = first(r, func() ([]float32, error) { return embedding(r) })
			return err
		})
	}
	switch {
	case err != nil:
		return nil, err
	case len(vector) == 0:
		return nil, errors.New("the answer has no vector")
	}
	return vector, r.End()
}

// first reads the first item of a list and passes over the others.
func first(r *jsontext.Reader, item func() ([]float32, error)) (vector []float32, err error) {
	err = r.Array(func(i int) (err error) {
		if i > 0 {
			return r.Skip()
		}
		vector, err = item()
		return err
	})
	return vector, err
}

func embedding(r *jsontext.Reader) (vector []float32, err error) {
	err = r.Object(func(key []byte) (err error) {
		if string(key) != "embedding" {
			return r.Skip()
		}
		vector, err = numbers(r)
		return err
	})
	return vector, err
}

func numbers(r *jsontext.Reader) (vector []float32, err error) {
	err = r.Array(func(i int) error {
		v, err := r.Float()
		if err != nil {
			return err
		}
		if i >= abi.MaxDimension || math.Abs(v) > math.MaxFloat32 {
			return errors.New("the vector's number " + strconv.Itoa(i) + " is out of bounds")
		}
		vector = append(vector, float32(v))
		return nil
	})
	return vector, err
}
