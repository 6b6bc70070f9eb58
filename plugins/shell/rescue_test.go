package shell

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/logline"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// failing is a strategy that panics.
type failing struct{}

func (failing) Pick(*abi.Request, []abi.Candidate) int { panic("no idea") }

// TestAStrategyThatPanics: the failure policy decides, and the next request finds the module as it was.
func TestAStrategyThatPanics(t *testing.T) {
	strategies := routing.Registry{"round-robin": routing.Fixed("round-robin", failing{}), abi.DefaultStrategy: strategy.Registry()[abi.DefaultStrategy]}
	for _, policy := range []abi.OnError{abi.OnErrorDeny, abi.OnErrorContinue} {
		t.Run(string(policy), func(t *testing.T) {
			var c abi.Config
			if err := json.Unmarshal(document(t), &c); err != nil {
				t.Fatal(err)
			}
			c.OnError = policy
			config, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(newMachine(strategies)).WithPluginConfiguration(config))
			defer reset()
			host.RegisterForeignFunction("clear_route_cache", func([]byte) []byte { return []byte{0} })
			if host.StartVM() != types.OnVMStartStatusOK || host.StartPlugin() != types.OnPluginStartStatusOK {
				t.Fatal(host.GetCriticalLogs())
			}
			for range 2 {
				id := send(host, `{"model":"chat","messages":[]}`, [2]string{"x-api-key", planted})
				answer := host.GetSentLocalResponse(id)
				switch {
				case policy == abi.OnErrorDeny && (answer == nil || answer.StatusCode != 503 || !strings.Contains(string(answer.Data), "module_failed")):
					t.Errorf("got %+v", answer)
				case policy == abi.OnErrorContinue && answer != nil:
					t.Errorf("it was answered: %+v", answer)
				}
				host.CompleteHttpContext(id)
				if policy == abi.OnErrorDeny {
					continue
				}
				text, err := host.GetProperty([]string{abi.PropertyDecision})
				if err != nil {
					t.Fatal(err)
				}
				line, err := logline.Parse(text)
				if err != nil || line.Decision.Strategy != "simple-shuffle; failed=round-robin" || len(line.Decision.Attempts) == 0 {
					t.Errorf("%v: %s", err, text)
				}
			}
			if logs := strings.Join(host.GetCriticalLogs(), "\n"); strings.Count(logs, "panic in a decision: no idea") != 2 {
				t.Errorf("the log says %q", logs)
			}
		})
	}
}
