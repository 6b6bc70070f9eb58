package litellm

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// resilience is the table "LiteLLM's resilience keys and what they become" of docs/config.md. Every row proves itself: the
// keys in its configuration give what the document must hold.
var resilience = []struct {
	keys    string // BLOCK.KEY, where they can stand
	litellm string // LiteLLM's meaning (release 1.110)
	here    string
	config  string   // beside resilienceModels; "params: " is put into the litellm_params of deployment a
	want    []string // in the compiled document
}{
	{
		"router_settings.num_retries litellm_settings.num_retries", "retries in a group after the first attempt, 2 by default", "the same; no deployment twice before every other",
		"router_settings: {num_retries: 3}", []string{`"retries":3,`},
	}, {
		"litellm_params.num_retries", "replaces the number for the request when that deployment fails",
		"the largest in a group holds for the group; a deployment that states none counts with that of all: attempts are planned before the first fails",
		"params: {num_retries: 4}", []string{`"retries":4,`},
	}, {
		"router_settings.retry_after", "the least pause before every retry, in seconds", "the pause before a deployment that was tried is tried again; another one is tried at once",
		"router_settings: {retry_after: 0.5}", []string{`"retry_after_ms":500,`},
	}, {
		"router_settings.retry_policy", "retries by the kind of error, in place of num_retries", "the same; the three errors of 5xx are one kind, the largest number holds",
		"router_settings: {retry_policy: {RateLimitErrorRetries: 4, InternalServerErrorRetries: 1, BadGatewayErrorRetries: 2}}",
		[]string{`"retries_by_class":[{"class":"rate_limited","count":4},{"class":"server_error","count":2}]`},
	}, {
		"router_settings.model_group_retry_policy", "a retry_policy for one group, in place of that of all", "the same; a group that does not exist is refused, LiteLLM ignores it",
		"router_settings: {retry_policy: {RateLimitErrorRetries: 4}, model_group_retry_policy: {chat: {TimeoutErrorRetries: 0}}}",
		[]string{`"retries_by_class":[{"class":"timeout","count":0}]`, `"retries_by_class":[{"class":"rate_limited","count":4}]`},
	}, {
		"router_settings.allowed_fails litellm_settings.allowed_fails model_info.allowed_fails", "failures of a deployment in a minute after which it cools down; where nothing is said, half of its requests",
		"the breaker opens with the failure after them, within window_seconds; where nothing is said, with 5",
		"router_settings: {allowed_fails: 3}", []string{`"failure_threshold":4,`},
	}, {
		"router_settings.allowed_fails_policy model_info.allowed_fails_policy", "allowed_fails by the kind of error; 0 is as not said",
		"errors it names count for themselves alone, also those that otherwise count for nothing (400, content policy) or open at once (401, 403); 0: the first opens; of the three errors of 5xx the smallest holds",
		"router_settings: {allowed_fails_policy: {AuthenticationErrorAllowedFails: 2, InternalServerErrorAllowedFails: 9, ServiceUnavailableErrorAllowedFails: 0}}",
		[]string{`"threshold_by_class":[{"class":"auth","count":3},{"class":"server_error","count":1}]`},
	}, {
		"router_settings.cooldown_time litellm_settings.cooldown_time litellm_params.cooldown_time model_info.cooldown_time", "how long a deployment stays out, 5 seconds by default, then it is back at once; 0 is none, in router_settings the default",
		"the first pause of the breaker, 30 seconds by default; then probes decide, and a failed one doubles it; 0 is no breaker, in router_settings too",
		"router_settings: {cooldown_time: 0}\nparams: {cooldown_time: 7}", []string{`"breaker":{"enabled":true,"failure_threshold":5,"window_ms":60000,"open_ms":7000,`, `"breaker":{"enabled":false,`},
	}, {
		"router_settings.disable_cooldowns", "no deployment cools down", "no breakers, as breaker.enabled: false",
		"router_settings: {disable_cooldowns: true}", []string{`"breaker":{"enabled":false,`},
	}, {
		"router_settings.fallbacks router_settings.default_fallbacks litellm_settings.fallbacks litellm_settings.default_fallbacks", "groups that are tried when a group fails", "the same; each is tried once a request, however they name each other",
		"router_settings: {fallbacks: [{chat: [long]}]}", []string{`"fallbacks":["long"]`},
	}, {
		"router_settings.context_window_fallbacks litellm_settings.context_window_fallbacks", "groups that are tried when the provider says that the input is too long",
		"the same, and before the call where the stated max_input_tokens are too few; a group that has none uses its fallbacks",
		"litellm_settings: {context_window_fallbacks: [{chat: [long]}]}", []string{`"context_fallbacks":["long"]`},
	}, {
		"litellm_settings.context_window_fallback_dict", "an older form of them, from model to model", "for groups of which context_window_fallbacks say nothing; a name that is no group is warned of",
		"litellm_settings: {context_window_fallback_dict: {chat: long}}", []string{`"context_fallbacks":["long"]`},
	}, {
		"router_settings.content_policy_fallbacks litellm_settings.content_policy_fallbacks", "groups that are tried when a content policy refuses the input", "the same; a group that has none uses its fallbacks",
		"router_settings: {content_policy_fallbacks: [{chat: [long]}]}", []string{`"content_fallbacks":["long"]`},
	}, {
		"router_settings.enable_pre_call_checks", "true: deployments whose window is too small are passed over before the call", "always so, for what a deployment states; false is warned of",
		"router_settings: {enable_pre_call_checks: true}", []string{`"groups"`},
	}, {
		"litellm_params.rpm litellm_params.tpm model_list[].rpm model_list[].tpm model_info.rpm model_info.tpm", "shares for simple-shuffle; limits for the usage-based strategies",
		"limits always, and shares: a full deployment is passed over, a full group is 429 with Retry-After",
		"params: {rpm: 6, tpm: 1000}", []string{`"share":6,`, `"rpm":6,"tpm":1000`},
	}, {
		"litellm_params.max_parallel_requests model_list[].max_parallel_requests model_info.max_parallel_requests", "requests in flight; one more waits. Where it is not said, as many as rpm, or six for a thousand tpm",
		"attempts in flight in one proxy; a full deployment is passed over. Where it is not said there is no limit",
		"params: {max_parallel_requests: 3}", []string{`"max_parallel_requests":3`},
	}, {
		"router_settings.default_max_parallel_requests", "max_parallel_requests of deployments that state none of it, rpm and tpm", "the same deployments",
		"router_settings: {default_max_parallel_requests: 5}\nparams: {rpm: 2}", []string{`"rpm":2}`, `"max_parallel_requests":5`},
	}, {
		"general_settings.global_max_parallel_requests", "requests in flight in all; one more is 429", "in one proxy; one more is 503 with Retry-After",
		"general_settings: {global_max_parallel_requests: 9}", []string{`"max_concurrent_requests":9`},
	}, {
		"router_settings.timeout litellm_params.timeout litellm_params.request_timeout litellm_settings.request_timeout", "bounds each wait for the provider", "bounds the request as a whole, attempts and answer included; then 504",
		"router_settings: {timeout: 30}", []string{`"timeout_ms":30000`},
	}, {
		"router_settings.stream_timeout litellm_params.stream_timeout", "timeout of requests for a stream", "bounds the wait for an attempt's first event; then the next attempt",
		"router_settings: {stream_timeout: 2.5}", []string{`"stream_timeout_ms":2500`},
	},
}

// resilienceModels is what the rows' configurations stand beside.
const resilienceModels = `model_list:
  - {model_name: chat, litellm_params: {model: anthropic/a, api_key: sk-x%params}, model_info: {id: a}}
  - {model_name: long, litellm_params: {model: anthropic/b, api_key: sk-x}, model_info: {id: b}}
`

// TestResilience checks that every row of the table is true, that its keys are none that is not applied, and that it can
// fail: without the row's configuration the document does not hold what is wanted.
func TestResilience(t *testing.T) {
	compiled := func(config string) string {
		text, params := resilienceModels, ""
		for _, line := range strings.Split(config, "\n") {
			if own, ok := strings.CutPrefix(line, "params: {"); ok {
				params = ", " + strings.TrimSuffix(own, "}")
			} else {
				text += line + "\n"
			}
		}
		c := compileText(t, strings.Replace(text, "%params", params, 1), nil)
		if len(c.Warnings) > 0 {
			t.Errorf("%s\nis warned of: %v", config, Problems(c.Warnings))
		}
		document, err := json.Marshal(c.Config)
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	}
	without := compiled("")
	for _, row := range resilience {
		document := compiled(row.config)
		said := false
		for _, want := range row.want {
			if !strings.Contains(document, want) {
				t.Errorf("%s\ngives no %s:\n%s", row.config, want, document)
			}
			said = said || !strings.Contains(without, want)
		}
		if !said && row.keys != "router_settings.enable_pre_call_checks" { // which says what is so anyway
			t.Errorf("%s: the row proves nothing: the document holds %v without it", row.keys, row.want)
		}
		for _, path := range strings.Fields(row.keys) {
			block, key, _ := strings.Cut(path, ".")
			k := blockNamed(t, block).find(key)
			if k == nil || k.State == Later {
				t.Errorf("%s is in the table of resilience, and is no key that is applied", path)
			}
		}
	}
}

func blockNamed(t *testing.T, name string) *Block {
	t.Helper()
	for _, b := range Blocks {
		if b.Name == name {
			return b
		}
	}
	t.Fatalf("no block %q", name)
	return nil
}

func resilienceTable() string {
	var out strings.Builder
	out.WriteString("| key | in LiteLLM | here |\n|---|---|---|\n")
	for _, row := range resilience {
		out.WriteString("| `" + strings.Join(strings.Fields(row.keys), "`, `") + "` | " + row.litellm + " | " + row.here + " |\n")
	}
	return out.String()
}

// TestDocumentDefaults compiles what the document shows of our blocks: the values it calls defaults are.
func TestDocumentDefaults(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Our blocks\n")
	section, _, _ = strings.Cut(section, "\n## ")
	shown, blocks := "model_list: [{model_name: chat, litellm_params: {model: anthropic/a, api_key: sk-x}, model_info: {id: a}}]\n", 0
	for {
		_, rest, ok := strings.Cut(section, "```yaml\n")
		if !ok {
			break
		}
		block, after, _ := strings.Cut(rest, "```")
		shown, section, blocks = shown+block, after, blocks+1
	}
	got := compileText(t, shown, nil).Config
	plain := compileText(t, strings.SplitAfter(shown, "\n")[0], nil).Config
	if blocks != 5 || got.Groups[0].Deployments[0].Breaker == nil || got.Groups[0].WhenAllOpen != abi.WhenAllOpenLeastBad {
		t.Errorf("%d blocks, the group's own block gives %+v", blocks, got.Groups[0])
	}
	got.Groups, plain.Groups, got.Revision, plain.Revision = nil, nil, "", ""
	if !reflect.DeepEqual(got, plain) {
		t.Errorf("the document shows\n%+v\nand the defaults are\n%+v", got, plain)
	}
	if !reflect.DeepEqual(plain.Breaker, abi.DefaultBreaker) || plain.Retry != abi.DefaultRetry {
		t.Errorf("the defaults are %+v and %+v", plain.Breaker, plain.Retry)
	}
}
