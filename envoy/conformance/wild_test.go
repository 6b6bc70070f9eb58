package conformance

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	kit "github.com/routeiq/routeiq/abi/conformance"
	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// wild is a random configuration with random requests. The same seed gives the same.
type wild struct {
	config []byte
	calls  []kit.Call
}

const (
	wildGroups    = 12
	wildUpstreams = 4
)

// newWild makes both, and the upstreams, which fail as each deployment's rate says.
func newWild(t *testing.T, strategy string, seed uint64) *wild {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0x5a3e))
	var urls []string
	for i := range wildUpstreams {
		u := upstream.New(string(rune('a' + i)))
		u.Choose(misbehave)
		s, err := upstream.Start(u)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		urls = append(urls, s.URL)
	}
	w := &wild{}
	names := w.configure(r, strategy, urls)
	for i := range sameRequests {
		w.calls = append(w.calls, call(r, fmt.Sprintf("same-%d-%d", seed, i), names))
	}
	return w
}

// configure writes the configuration and returns every name a client may ask for, and some it may not.
func (w *wild) configure(r *rand.Rand, strategy string, urls []string) []string {
	var y strings.Builder
	y.WriteString("model_list:\n")
	var names, fallbacks []string
	for g := range wildGroups {
		group := fmt.Sprintf("group-%d", g)
		ask := group
		if g == wildGroups-1 {
			group, ask = "wild/*", "wild/card"
		}
		names = append(names, ask)
		for d := range 1 + r.IntN(4) {
			id := fmt.Sprintf("g%d-d%d", g, d)
			// The rate of failure travels in the upstream model's name: see misbehave.
			rate := []int{0, 0, 0, 5, 30, 60, 100}[r.IntN(7)]
			base := urls[r.IntN(len(urls))]
			if r.IntN(15) == 0 {
				base = "http://127.0.0.1:1"
			}
			fmt.Fprintf(&y, "  - model_name: %q\n    litellm_params: {model: openai/%s-rate-%d, api_base: %q, api_key: key%s}\n",
				group, id, rate, base+"/v1", options(r))
			fmt.Fprintf(&y, "    model_info: {id: %s%s}\n", id, information(r))
			names = append(names, id)
		}
		if r.IntN(2) == 0 {
			fallbacks = append(fallbacks, fmt.Sprintf("{%q: [group-%d, group-%d]}", group, r.IntN(wildGroups-1), r.IntN(wildGroups-1)))
		}
	}
	fmt.Fprintf(&y, "router_settings:\n  routing_strategy: %s\n  num_retries: 2\n  fallbacks: [%s]\n", strategy, strings.Join(fallbacks, ", "))
	fmt.Fprintf(&y, "  retry_policy: {TimeoutErrorRetries: 0, RateLimitErrorRetries: 4}\n")
	fmt.Fprintf(&y, "  context_window_fallbacks: [{group-1: [group-2]}, {group-4: [group-5, group-6]}]\n")
	y.WriteString("  model_group_alias: {nick: group-0, other: group-3}\n")
	y.WriteString("breaker: {failure_threshold: 4, open_seconds: 0.3, success_threshold: 2, half_open_requests: 2, groups: {group-2: {when_all_open: least_bad}, group-7: {when_all_open: least_bad}}}\n")
	w.config = []byte(y.String())
	return append(names, "nick", "other", "no-such-model")
}

func options(r *rand.Rand) string {
	all := ""
	if r.IntN(3) == 0 {
		all += fmt.Sprintf(", weight: %d", r.IntN(5))
	}
	if r.IntN(4) == 0 {
		all += fmt.Sprintf(", order: %d", 1+r.IntN(2))
	}
	if r.IntN(4) == 0 {
		all += fmt.Sprintf(", rpm: %d", 10+r.IntN(60))
	}
	if r.IntN(8) == 0 {
		all += fmt.Sprintf(", max_parallel_requests: %d", 1+r.IntN(2))
	}
	return all
}

func information(r *rand.Rand) string {
	all := ""
	if r.IntN(5) == 0 {
		all += ", supports_function_calling: false"
	}
	if r.IntN(5) == 0 {
		all += ", max_input_tokens: 100"
	}
	if r.IntN(8) == 0 {
		all += ", mode: embedding"
	}
	if r.IntN(8) == 0 {
		all += ", breaker: {enabled: false}"
	}
	return all
}

// call makes a random request.
func call(r *rand.Rand, id string, names []string) kit.Call {
	c := kit.Call{ID: id, Method: "POST"}
	c.API = []abi.API{abi.APIChat, abi.APIChat, abi.APIChat, abi.APICompletions, abi.APIEmbeddings, abi.APIResponses, abi.APIMessages}[r.IntN(7)]
	c.Path = c.API.Path()
	text := "Say hello."
	if r.IntN(6) == 0 {
		text = strings.Repeat("The quick brown fox. ", 5+r.IntN(60))
	}
	body := map[string]any{"model": names[r.IntN(len(names))]}
	switch c.API {
	case abi.APIChat, abi.APIMessages:
		body["messages"] = []map[string]string{{"role": "user", "content": text}}
		if r.IntN(6) == 0 {
			body["tools"] = []map[string]any{{"type": "function", "name": "f", "function": map[string]string{"name": "f"}}}
		}
	case abi.APICompletions:
		body["prompt"] = text
	default:
		body["input"] = text
	}
	if c.API != abi.APIEmbeddings && r.IntN(4) == 0 {
		body["stream"] = true
	}
	switch r.IntN(12) {
	case 0:
		body["num_retries"] = r.IntN(4)
	case 1:
		body["fallbacks"] = []string{names[r.IntN(len(names))]}
	case 2:
		body["disable_fallbacks"] = true
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // a map of strings always marshals
	}
	c.Body = encoded
	return c
}

// misbehave fails a request as often as its model's name says, and always the same request in the same way.
func misbehave(s upstream.Seen) upstream.Script {
	var body struct {
		Model string `json:"model"`
	}
	if json.Unmarshal(s.Body, &body) != nil {
		return upstream.Script{Status: 400}
	}
	_, rate, _ := strings.Cut(body.Model, "-rate-")
	var percent int
	if _, err := fmt.Sscanf(rate, "%d", &percent); err != nil {
		return upstream.Script{Status: 404}
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(body.Model + s.Header.Get("x-request-id"))) // a hash never fails
	n := sum.Sum64()
	if int(n%100) >= percent {
		return upstream.Script{}
	}
	switch n / 100 % 8 {
	case 0:
		return upstream.Script{End: upstream.Reset}
	case 1:
		if n/800%2 == 0 {
			return upstream.Script{Status: 429, Header: [][2]string{{"retry-after-ms", "200"}}}
		}
		return upstream.Script{Status: 429}
	case 2:
		return upstream.Script{Status: 401}
	case 3:
		return upstream.Script{Status: 400}
	case 4:
		return upstream.Script{ErrorFirst: true, Events: 1}
	default:
		return upstream.Script{Status: 500 + 3*int(n/800%2)}
	}
}
