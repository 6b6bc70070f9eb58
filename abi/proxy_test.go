package abi

import "testing"

func TestAttemptIdle(t *testing.T) {
	mock := ""
	for _, c := range []struct {
		name string
		ms   []int
		want int
	}{
		{"none stated", []int{0, 0}, 600_000},
		{"all stated", []int{2000, 5000}, 6000},
		{"one not", []int{2000, 0}, 600_000},
		{"longer than the default", []int{0, 900_000}, 901_000},
		{"no upstream", nil, 600_000},
	} {
		deployments := []Deployment{{Mock: &mock}, {Unconfigured: "KEY is not set", TimeoutMS: 5_000_000}}
		for _, ms := range c.ms {
			deployments = append(deployments, Deployment{TimeoutMS: ms})
		}
		config := Config{Groups: []ModelGroup{{Deployments: deployments}}}
		if got := config.AttemptIdleMS(); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
