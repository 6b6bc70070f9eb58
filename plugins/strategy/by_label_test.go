package strategy

import (
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestByLabel: a label means what is named for it, else who bears its name; several may mean one deployment, and several deployments
// one label.
func TestByLabel(t *testing.T) {
	s := byLabelOf(abi.Args{{Name: "labels", Rows: []abi.Row{{Key: "code", Values: []string{"big"}}, {Key: "law", Values: []string{"big", "small"}}, {Key: "none"}}}})
	labels := []string{"code", "law", "none", "small"}
	for id, want := range map[string][]int{"big": {1, 2}, "small": {2, 4}, "none": nil, "other": nil} {
		if got := s.Places(labels, &abi.Deployment{ID: id}); !slices.Equal(got, want) {
			t.Errorf("%s has the places %v, want %v", id, got, want)
		}
	}
}
