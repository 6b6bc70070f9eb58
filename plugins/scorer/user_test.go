package scorer

import "testing"

func TestUser(t *testing.T) {
	s := mustNew(t, "user", 2, 2, params{"users": 3}, tensors{
		"query_weight": {Numbers: []float32{1, 0, 0, 1, 1, 1}, Shape: []int{3, 2}}, "query_bias": {Numbers: []float32{0, 0, 1}},
		"table": {Numbers: []float32{1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 1, 1, 1, 0, 0, -1}, Shape: []int{3, 2, 3}},
		"bias":  {Numbers: []float32{0, 0, 0.5, 0, 0, 10}, Shape: []int{3, 2}},
	})
	// The query comes to (2, 3, 6).
	of := [][]float64{{2, 6}, {3.5, 12}, {11, 4}}
	for user, want := range map[string]int{
		"0": 0, "1": 1, "2": 2, "3": 2, "-1": 0, "99999999999999999999": 2, "-99999999999999999999": 0,
		"": 0, "1.0": 0, "alice": 0, "1e0": 0, " 1": 0, "+1": 1, "01": 1,
	} {
		if got := scored(s, 2, &Query{Vector: []float32{2, 3}, User: user}); !near(got, of[want], 1e-15) {
			t.Errorf("user %q: %v, want %v", user, got, of[want])
		}
	}
	refused(t, "user", 2, 2, params{"users": 0}, tensors{"query_weight": {Numbers: make([]float32, 4), Shape: []int{2, 2}}},
		"parameters.users: is 0, expected a whole number from 1 to 10000000")
}
