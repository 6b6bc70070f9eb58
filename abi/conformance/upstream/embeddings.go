package upstream

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// vector is the embedding of every text.
var vector = []float32{0.25, -0.5, 1}

// colours are the words that an embedding of the model "colours" counts, a number each.
var colours = []string{"red", "green", "blue", "gold"}

// vectorOf is the embedding of a text.
func vectorOf(model, text string) []float32 {
	if model != "colours" {
		return vector
	}
	counts := make([]float32, len(colours))
	for i, word := range colours {
		counts[i] = float32(strings.Count(strings.ToLower(text), word))
	}
	return counts
}

// embeddings is one vector for each input, in the encoding asked for (the openai client asks for base64).
func (u *Upstream) embeddings(q request, s Script) []byte {
	inputs := []string{""}
	var several []string
	var one string
	switch {
	case json.Unmarshal(q.Input, &several) == nil && len(several) > 0:
		inputs = several
	case json.Unmarshal(q.Input, &one) == nil:
		inputs = []string{one}
	}
	items := make([]string, len(inputs))
	for i, text := range inputs {
		v := vectorOf(q.Model, text)
		if u.embed != nil {
			v = u.embed(text)
		}
		value, _ := json.Marshal(v) // finite numbers
		if q.EncodingFormat == "base64" {
			var raw []byte
			for _, f := range v {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
			}
			value = fmt.Appendf(nil, "%q", base64.StdEncoding.EncodeToString(raw))
		}
		items[i] = fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, value)
	}
	input := s.usage().Input
	return fmt.Appendf(nil, `{"object":"list","data":[%s],"model":%q,"usage":{"prompt_tokens":%d,"total_tokens":%d}}`,
		strings.Join(items, ","), q.Model, input, input)
}
