package agent

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/routeiq/routeiq/sync/revision"
)

// texts are documents by name. N asks for a strategy that the release before this one does not have.
var texts = map[string]string{
	"A":  document("a"),
	"B":  document("b"),
	"C":  document("c"),
	"N":  document("n") + "routing: {groups: {chat: {routing_strategy: round-robin}}}\n",
	"A2": "# with a comment\n" + document("a"),
}

// document has a deployment that is another with each word, and one that is always the same.
func document(word string) string {
	return fmt.Sprintf(`
model_list:
  - {model_name: chat, model_info: {id: changes}, litellm_params: {model: openai/%s, api_base: os.environ/PROVIDER, api_key: sk-planted, rpm: 100000}}
  - {model_name: other, model_info: {id: stays}, litellm_params: {model: openai/m, api_base: os.environ/PROVIDER, api_key: sk-planted}}
`, word)
}

// environment says where the provider is.
func environment(name string) (string, bool) {
	if name != "PROVIDER" {
		return "", false
	}
	return provider().URL + "/v1", true
}

func id(name string) string { return revision.ID([]byte(texts[name]), nil) }

func (w *world) name(of string) string {
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if id(name) == of {
			return name
		}
	}
	return cmp.Or(of, "nothing")
}

// within runs a test with a clock of its own. What tests share is there before it begins.
func within(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	module(t, released)
	module(t, older)
	provider()
	synctest.Test(t, test)
}
