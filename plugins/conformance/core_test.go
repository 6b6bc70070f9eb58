package conformance

import (
	"testing"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

// TestScenarios plays every scenario on the plain core.
func TestScenarios(t *testing.T) {
	kit.Run(t, Core{}, kit.Options{Offline: true, Together: 4})
}

// TestParity: what LLMRouter's own routers decided is decided here alike.
func TestParity(t *testing.T) { kit.RunParity(t, Core{}, kit.Options{Offline: true}) }
