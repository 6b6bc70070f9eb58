package shell

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/logline"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// planted is a client's key that must turn up nowhere.
const planted = "sk-planted-5b1e"

func document(t *testing.T) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(planted))
	paths := []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}
	text := "canned"
	c := abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: "rev", ClientKeys: []string{hex.EncodeToString(sum[:])},
		Limits: abi.Limits{MaxBodyBytes: 1000}, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, OnError: abi.OnErrorDeny,
		Groups: []abi.ModelGroup{
			{Name: "chat", Strategy: abi.StrategyRef{Name: "round-robin"}, Retries: 1, WhenAllOpen: abi.WhenAllOpenRefuse, Deployments: []abi.Deployment{
				{ID: "a", Model: "up-a", Cluster: "c-a", Paths: paths, TimeoutMS: 1500}, {ID: "b", Model: "up-b", Cluster: "c-b", Paths: paths, TimeoutMS: 1500},
			}},
			{Name: "mock", Strategy: abi.StrategyRef{Name: "simple-shuffle"}, WhenAllOpen: abi.WhenAllOpenRefuse, Deployments: []abi.Deployment{
				{ID: "m", Model: "mock", Cluster: abi.MockCluster, Paths: paths, Mock: &text},
			}},
		},
	}
	doc, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func start(t *testing.T, config []byte) (proxytest.HostEmulator, types.OnPluginStartStatus) {
	t.Helper()
	host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(newMachine(strategy.Registry())).WithPluginConfiguration(config))
	t.Cleanup(reset)
	host.RegisterForeignFunction("clear_route_cache", func([]byte) []byte { return []byte{0} })
	if host.StartVM() != types.OnVMStartStatusOK {
		t.Fatal("the VM did not start")
	}
	return host, host.StartPlugin()
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, config := range map[string]string{
		"no JSON":          `router`,
		"unknown member":   `{"version":3,"role":"adapter","x":1}`,
		"another version":  `{"version":99,"role":"adapter"}`,
		"unknown strategy": strings.Replace(string(document(t)), "round-robin", "magic", 1),
	} {
		t.Run(name, func(t *testing.T) {
			host, status := start(t, []byte(config))
			if status != types.OnPluginStartStatusFailed {
				t.Error("it was taken")
			}
			if len(host.GetCriticalLogs()) == 0 {
				t.Error("nothing says why")
			}
		})
	}
}

// send makes a POST to chat completions.
func send(host proxytest.HostEmulator, body string, headers ...[2]string) uint32 {
	id := host.InitializeHttpContext()
	all := append([][2]string{{":method", "POST"}, {":path", "/v1/chat/completions"}, {"x-request-id", "r1"}}, headers...)
	host.CallOnRequestHeaders(id, all, false)
	if host.GetSentLocalResponse(id) == nil {
		host.CallOnRequestBody(id, []byte(body), true)
	}
	return id
}

func TestRefusals(t *testing.T) {
	host, status := start(t, document(t))
	if status != types.OnPluginStartStatusOK {
		t.Fatal(host.GetCriticalLogs())
	}
	key := [2]string{"authorization", "Bearer " + planted}
	for _, c := range []struct {
		name, body string
		headers    [][2]string
		status     uint32
		code       string
	}{
		{"no key", `{}`, nil, 401, "invalid_api_key"},
		{"wrong key", `{}`, [][2]string{{"x-api-key", planted + "x"}}, 401, "invalid_api_key"},
		{"no JSON", `{"model"`, [][2]string{key}, 400, ""},
		{"unknown model", `{"model":"nope"}`, [][2]string{{"api-key", planted}}, 404, "model_not_found"},
		{"announced too large", `{}`, [][2]string{key, {"content-length", "1001"}}, 413, "request_too_large"},
		{"too large", `{"model":"chat","x":"` + strings.Repeat("x", 1000) + `"}`, [][2]string{key}, 413, "request_too_large"},
		{"encoding", `{}`, [][2]string{key, {"content-encoding", "br"}}, 415, "unsupported_encoding"},
		{"no gzip", `{}`, [][2]string{key, {"content-encoding", "gzip"}}, 400, "invalid_encoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := send(host, c.body, c.headers...)
			answer := host.GetSentLocalResponse(id)
			if answer == nil || answer.StatusCode != c.status {
				t.Fatalf("got %+v", answer)
			}
			var body struct {
				Error struct{ Message, Code string }
			}
			if err := json.Unmarshal(answer.Data, &body); err != nil {
				t.Fatalf("%s: %v", answer.Data, err)
			}
			if c.code != "" && body.Error.Code != c.code || body.Error.Message == "" {
				t.Errorf("got %s", answer.Data)
			}
			host.CompleteHttpContext(id)
		})
	}
	for _, line := range append(append(host.GetCriticalLogs(), host.GetErrorLogs()...), host.GetWarnLogs()...) {
		if strings.Contains(line, planted) {
			t.Errorf("the client's key is in the log: %s", line)
		}
	}
}

func TestDecisionIsHandedOver(t *testing.T) {
	host, _ := start(t, document(t))
	id := send(host, `{"model":"chat","messages":[]}`,
		[2]string{"authorization", "Bearer " + planted}, [2]string{"x-envoy-max-retries", "9"}, [2]string{"x-routeiq-forged", "1"}, [2]string{"x-mine", "1"})
	if host.GetSentLocalResponse(id) != nil || host.GetCurrentHttpStreamAction(id) != types.ActionContinue {
		t.Fatalf("it did not go on: %+v", host.GetSentLocalResponse(id))
	}
	next, err := host.GetProperty([]string{abi.PropertyNext})
	if err != nil || string(next) != "c-b" { // the first turn of two
		t.Errorf("next cluster: %q, %v", next, err)
	}
	headers := map[string]string{}
	for _, h := range host.GetCurrentRequestHeaders(id) {
		headers[h[0]] = h[1]
	}
	if headers[abi.HeaderEnvoyMaxRetries] != "1" || headers[abi.HeaderEnvoyTimeout] != "1500" || headers["x-mine"] != "1" {
		t.Errorf("got headers %v", headers)
	}
	if _, forged := headers["x-routeiq-forged"]; forged {
		t.Error("a client's header of our name went on")
	}
	host.CompleteHttpContext(id)
	text, err := host.GetProperty([]string{abi.PropertyDecision})
	if err != nil {
		t.Fatal(err)
	}
	line, err := logline.Parse(text)
	if err != nil || len(line.Decision.Attempts) != 2 || line.Request.Turn != 1 || strings.Contains(string(text), planted) {
		t.Errorf("%s: %v", text, err)
	}
}

func TestMockAnswersWithoutAnUpstream(t *testing.T) {
	host, _ := start(t, document(t))
	id := send(host, `{"model":"mock","messages":[]}`, [2]string{"authorization", "Bearer " + planted})
	answer := host.GetSentLocalResponse(id)
	if answer == nil || answer.StatusCode != 200 || !strings.Contains(string(answer.Data), "canned") {
		t.Fatalf("got %+v", answer)
	}
	host.CompleteHttpContext(id)
	n, err := host.GetCounterMetric(abi.MetricAttempts + ";deployment=m;class=ok")
	if err != nil || n != 1 {
		t.Errorf("counted %d, %v", n, err)
	}
}
