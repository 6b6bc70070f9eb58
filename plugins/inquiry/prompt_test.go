package inquiry

import (
	"encoding/json"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestBody(t *testing.T) {
	j := &abi.Judge{Model: `m"1`}
	for _, c := range []struct {
		p    Prompt
		want string
	}{
		{Prompt{Messages: []Message{{User, "a\nb"}}, MaxTokens: 5}, `{"model":"m\"1","messages":[{"role":"user","content":"a\nb"}],"max_tokens":5,"temperature":0,"stream":false}`},
		{
			Prompt{Messages: []Message{{System, "s"}, {User, "u"}}, MaxTokens: 1, Temperature: 0.1, TopP: 0.95, Stop: []string{"\n", "x"}, Seed: 42},
			`{"model":"m\"1","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"max_tokens":1,"temperature":0.1,"top_p":0.95,"stop":["\n","x"],"seed":42,"stream":false}`,
		},
	} {
		if got := Body(j, &c.p); string(got) != c.want || !json.Valid(got) {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
