package conformance

import (
	"testing"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

// TestClients calls Envoy with the real client libraries.
func TestClients(t *testing.T) {
	t.Parallel()
	kit.RunClients(t, engine{t}, 2)
}
