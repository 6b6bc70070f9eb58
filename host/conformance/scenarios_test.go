package conformance

import (
	"testing"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

// TestScenarios plays every scenario on a host of its own, with one VM.
func TestScenarios(t *testing.T) {
	t.Parallel()
	kit.Run(t, newEngine(t), kit.Options{Workers: 1, Together: 4})
}

// TestScenariosWithFourVMs plays them where state is shared by VMs.
func TestScenariosWithFourVMs(t *testing.T) {
	t.Parallel()
	kit.Run(t, newEngine(t), kit.Options{Workers: 4, Join: true, Together: 2})
}

// TestClients calls the host with the real client libraries.
func TestClients(t *testing.T) {
	t.Parallel()
	kit.RunClients(t, newEngine(t), 2)
}

// TestParity: what LLMRouter's own routers decided is decided here alike.
func TestParity(t *testing.T) {
	t.Parallel()
	kit.RunParity(t, newEngine(t), kit.Options{Workers: 2})
}

// TestMiniLM: requests are told apart by embeddings of a real model.
func TestMiniLM(t *testing.T) {
	t.Parallel()
	kit.RunMiniLM(t, newEngine(t), kit.Options{Workers: 1})
}
