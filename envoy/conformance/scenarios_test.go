package conformance

import (
	"testing"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

// TestScenarios plays every scenario on Envoy with one worker.
func TestScenarios(t *testing.T) {
	t.Parallel()
	kit.Run(t, engine{t}, kit.Options{Workers: 1, Join: true, Together: 2})
}

// TestScenariosWithFourWorkers plays them where state is shared by threads.
func TestScenariosWithFourWorkers(t *testing.T) {
	t.Parallel()
	kit.Run(t, engine{t}, kit.Options{Workers: 4, Join: true, Together: 2})
}

// TestSharedStateWithEightWorkers plays those in which workers share more than their document with more of them than there
// are cores.
func TestSharedStateWithEightWorkers(t *testing.T) {
	t.Parallel()
	kit.Run(t, engine{t}, kit.Options{Workers: 8, Join: true, Together: 2, Only: []string{"breaker-", "limits-", "over-", "round-robin"}})
}

// TestParity: what LLMRouter's own routers decided is decided here alike.
func TestParity(t *testing.T) {
	t.Parallel()
	kit.RunParity(t, engine{t}, kit.Options{Workers: 2})
}

// TestMiniLM: requests are told apart by embeddings of a real model.
func TestMiniLM(t *testing.T) {
	t.Parallel()
	kit.RunMiniLM(t, engine{t}, kit.Options{Workers: 1})
}
