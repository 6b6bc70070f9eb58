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

// embeddings is one vector for each input, in the encoding asked for (the openai client asks for base64).
func (u *Upstream) embeddings(q request, s Script) []byte {
	n := 1
	var several []json.RawMessage
	if json.Unmarshal(q.Input, &several) == nil && len(several) > 0 && several[0][0] == '"' {
		n = len(several)
	}
	value := "[0.25,-0.5,1]"
	if q.EncodingFormat == "base64" {
		var raw []byte
		for _, f := range vector {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
		}
		value = `"` + base64.StdEncoding.EncodeToString(raw) + `"`
	}
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, value)
	}
	input := s.usage().Input
	return fmt.Appendf(nil, `{"object":"list","data":[%s],"model":%q,"usage":{"prompt_tokens":%d,"total_tokens":%d}}`,
		strings.Join(items, ","), q.Model, input, input)
}
