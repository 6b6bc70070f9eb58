package strategy

import (
	"math"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// of makes candidates "a", "b", … of signals.
func of(signals ...abi.Signals) []abi.Candidate {
	candidates := make([]abi.Candidate, len(signals))
	for i := range signals {
		candidates[i] = abi.Candidate{Deployment: &abi.Deployment{ID: string(rune('a' + i))}, Signals: &signals[i]}
	}
	return candidates
}

// counted asks a strategy n times, each time with another seed, and returns how often each candidate was picked, by its id.
func counted(s routing.Strategy, q abi.Request, candidates []abi.Candidate, n int) map[string]int {
	count := map[string]int{}
	for i := range n {
		q.Seed = abi.SeedOf("request-" + strconv.Itoa(i))
		count[candidates[s.Pick(&q, candidates)].ID]++
	}
	return count
}

// picks tells which candidates are ever picked, as "ab".
func picks(s routing.Strategy, q abi.Request, candidates []abi.Candidate) (ids string) {
	count := counted(s, q, candidates, 200)
	for _, c := range candidates {
		if count[c.ID] > 0 {
			ids += c.ID
		}
	}
	return ids
}

// even fails where a count is not n divided by parts, within five standard deviations: by chance that happens to one in a
// million right strategies.
func even(t *testing.T, count map[string]int, n, parts int) {
	t.Helper()
	p := 1 / float64(parts)
	sigma := math.Sqrt(float64(n) * p * (1 - p))
	if len(count) != parts {
		t.Fatalf("%v, want %d of them", count, parts)
	}
	for id, c := range count {
		if math.Abs(float64(c)-float64(n)*p) > 5*sigma {
			t.Errorf("%s got %d of %d, want %.0f ± %.0f", id, c, n, float64(n)*p, 5*sigma)
		}
	}
}
