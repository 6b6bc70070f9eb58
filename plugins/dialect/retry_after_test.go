package dialect

import (
	"testing"
)

const retryNow = 1_700_000_000_000 // Tue, 14 Nov 2023 22:13:20 GMT

func headersOf(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestRetryAfterMS(t *testing.T) {
	for _, c := range []struct {
		after, ms string
		want      int64
	}{
		{"", "", 0},
		{"2", "", 2000},
		{" 1.5 ", "", 1500},
		{"2", "250", 250},
		{"2", "odd", 2000},
		{"2", "-1", 2000},
		{"2", "0", 0},
		{"0", "", 0},
		{"0.0000001", "", 1},
		{"-1", "", 0},
		{"NaN", "", 0},
		{"Inf", "", 0},
		{"1e400", "", 0},
		{"0x10", "", 0},
		{"1e300", "", maxRetryAfterMS},
		{"86401", "", maxRetryAfterMS},
		{"soon", "", 0},
		{"Tue, 14 Nov 2023 22:13:50 GMT", "", 30_000},
		{"Tuesday, 14-Nov-23 22:14:20 GMT", "", 60_000},
		{"Tue Nov 14 22:13:21 2023", "", 1000},
		{"Tue, 14 Nov 2023 22:13:00 GMT", "", 0},
		{"Wed, 14 Nov 2123 22:13:00 GMT", "", maxRetryAfterMS},
	} {
		get := headersOf("retry-after", c.after, "retry-after-ms", c.ms)
		if got := RetryAfterMS(get, retryNow); got != c.want {
			t.Errorf("Retry-After %q, retry-after-ms %q: %d, want %d", c.after, c.ms, got, c.want)
		}
		if got := PauseMS(429, get, retryNow); got != c.want {
			t.Errorf("Retry-After %q, retry-after-ms %q: a pause of %d, want %d", c.after, c.ms, got, c.want)
		}
	}
}

func TestPauseMS(t *testing.T) {
	const requests, requestsLeft = "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"
	const tokens, tokensLeft = "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"
	const anthropic = "anthropic-ratelimit-"
	for _, c := range []struct {
		name    string
		status  int
		headers []string
		want    int64
	}{
		{"nothing", 429, nil, 0},
		{"seconds", 429, []string{requests, "1s"}, 1000},
		{"minutes", 429, []string{requests, "6m0s"}, 360_000},
		{"milliseconds", 429, []string{tokens, "20ms"}, 20},
		{"all units", 429, []string{tokens, "1h2m3.5s"}, 3_723_500},
		{"the longer", 429, []string{requests, "1s", tokens, "3s"}, 3000},
		{"the used up", 429, []string{requests, "1s", requestsLeft, "0", tokens, "3s", tokensLeft, "100"}, 1000},
		{"the used up, the other way", 429, []string{requests, "1s", requestsLeft, "59", tokens, "3s", tokensLeft, "0"}, 3000},
		{"none is used up", 429, []string{requests, "1s", requestsLeft, "59", tokens, "3s", tokensLeft, "1"}, 0},
		{"odd remaining", 429, []string{tokens, "3s", tokensLeft, "-1"}, 0},
		{"Azure's seconds", 429, []string{tokens, "55"}, 55_000},
		{"Azure's milliseconds", 429, []string{"retry-after-ms", "1234", "retry-after", "2", tokens, "55"}, 1234},
		{"a date in seconds", 429, []string{tokens, "1700000060"}, 0},
		{"Retry-After first", 429, []string{"retry-after", "2", requests, "60s"}, 2000},
		{"Retry-After of 0", 429, []string{"retry-after", "0", requests, "60s"}, 0},
		{"odd Retry-After", 429, []string{"retry-after", "soon", requests, "60s"}, 60_000},
		{"503", 503, []string{requests, "1s"}, 1000},
		{"529", 529, []string{requests, "1s"}, 1000},
		{"500", 500, []string{requests, "1s"}, 0},
		{"500 with Retry-After", 500, []string{"retry-after", "1"}, 1000},
		{"zero", 429, []string{requests, "0s"}, 0},
		{"a nanosecond", 429, []string{requests, "1ns"}, 1},
		{"negative", 429, []string{requests, "-5s", tokens, "-5"}, 0},
		{"soon", 429, []string{requests, "soon"}, 0},
		{"NaN", 429, []string{requests, "NaN", tokens, "Infs"}, 0},
		{"too much for a number", 429, []string{requests, "1e400", tokens, "99999999999h"}, 0},
		{"a year", 429, []string{requests, "8760h"}, maxRetryAfterMS},
		{"Anthropic", 429, []string{anthropic + "requests-remaining", "0", anthropic + "requests-reset", "2023-11-14T22:13:25Z"}, 5000},
		{"Anthropic, the longest", 529, []string{
			anthropic + "input-tokens-remaining", "0", anthropic + "input-tokens-reset", "2023-11-14T22:13:25Z",
			anthropic + "output-tokens-remaining", "0", anthropic + "output-tokens-reset", "2023-11-14T23:13:30+01:00",
			anthropic + "tokens-remaining", "8000", anthropic + "tokens-reset", "2023-11-14T22:14:20Z",
		}, 10_000},
		{"Anthropic, remaining absent", 429, []string{anthropic + "tokens-reset", "2023-11-14T22:14:20Z"}, 0},
		{"Anthropic, passed", 429, []string{anthropic + "tokens-remaining", "0", anthropic + "tokens-reset", "2023-11-14T22:13:19Z"}, 0},
		{"Anthropic, no date", 429, []string{anthropic + "tokens-remaining", "0", anthropic + "tokens-reset", "soon"}, 0},
		{"Anthropic, far away", 429, []string{anthropic + "tokens-remaining", "0", anthropic + "tokens-reset", "9999-12-31T23:59:59Z"}, maxRetryAfterMS},
	} {
		if got := PauseMS(c.status, headersOf(c.headers...), retryNow); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// Whatever an upstream writes, a pause is bounded, and only what says nothing is 0.
func FuzzPauseMS(f *testing.F) {
	f.Add("2", "", "1s", "0", "2023-11-14T22:13:25Z")
	f.Add("soon", "1e400", "1h2m3.5s", "", "9999-12-31T23:59:59Z")
	f.Add("Tue, 14 Nov 2023 22:13:50 GMT", "-1", "NaN", "1", "0000-01-01T00:00:00Z")
	f.Fuzz(func(t *testing.T, after, ms, reset, left, date string) {
		get := headersOf("retry-after", after, "retry-after-ms", ms, "x-ratelimit-reset-tokens", reset, "x-ratelimit-remaining-tokens", left,
			"anthropic-ratelimit-requests-remaining", left, "anthropic-ratelimit-requests-reset", date)
		got := PauseMS(429, get, retryNow)
		if got < 0 || got > maxRetryAfterMS {
			t.Fatalf("a pause of %d", got)
		}
		if v, ok := decimal(after); ok && v > 0 && ms == "" && got == 0 {
			t.Fatalf("Retry-After %q became 0", after)
		}
		if plain := RetryAfterMS(get, retryNow); plain < 0 || plain > maxRetryAfterMS || plain > 0 && plain != got {
			t.Fatalf("RetryAfterMS says %d, PauseMS %d", plain, got)
		}
	})
}
