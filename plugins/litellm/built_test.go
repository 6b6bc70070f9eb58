package litellm_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// TestBuiltIsTheRegistry: the strategies a configuration may name are those the module has.
func TestBuiltIsTheRegistry(t *testing.T) {
	registered := slices.Sorted(maps.Keys(strategy.Registry()))
	built := slices.Sorted(slices.Values(litellm.Built))
	if !slices.Equal(registered, built) {
		t.Errorf("registered %v, configurable %v", registered, built)
	}
}
