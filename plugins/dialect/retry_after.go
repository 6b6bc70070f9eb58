package dialect

import (
	"math"
	"strings"
	"time"
)

// maxRetryAfterMS bounds what an upstream may ask for: a day.
const maxRetryAfterMS = 24 * 60 * 60 * 1000

// PauseMS returns how long an answer with this status asks to wait, in milliseconds: what RetryAfterMS reads, and where
// there is nothing to read and the status is 429, 503 or 529, what the rate-limit headers of OpenAI and Anthropic say: the
// longest of the resets of limits that are used up. 0 when it asks nothing; else 1 to a day. get is RetryAfterMS's.
func PauseMS(status int, get func(string) string, nowMS int64) int64 {
	ms, said := retryAfter(get, nowMS)
	if said || status != 429 && status != 503 && status != 529 {
		return ms
	}
	for _, limit := range [...]string{"requests", "tokens"} {
		if left := get("x-ratelimit-remaining-" + limit); left == "" || isZero(left) {
			ms = max(ms, duration(get("x-ratelimit-reset-"+limit)))
		}
	}
	for _, limit := range [...]string{"requests", "tokens", "input-tokens", "output-tokens"} {
		if isZero(get("anthropic-ratelimit-" + limit + "-remaining")) {
			at, err := time.Parse(time.RFC3339, strings.TrimSpace(get("anthropic-ratelimit-"+limit+"-reset")))
			if err == nil {
				ms = max(ms, until(at, nowMS))
			}
		}
	}
	return ms
}

// RetryAfterMS returns how long an answer asks to wait, in milliseconds: by retry-after-ms (OpenAI, Azure), else by
// Retry-After in seconds or as a date (RFC 9110 §10.2.3). 0 when it asks nothing, asks it in a way that cannot be read, or
// the date has passed; else 1 to a day. get returns a header by its name in lower case, "" when it is absent.
func RetryAfterMS(get func(string) string, nowMS int64) int64 {
	ms, _ := retryAfter(get, nowMS)
	return ms
}

// retryAfter tells also whether one of the two was there and could be read.
func retryAfter(get func(string) string, nowMS int64) (ms int64, said bool) {
	if v, ok := decimal(get("retry-after-ms")); ok && v >= 0 {
		return bounded(v), true
	}
	value := strings.TrimSpace(get("retry-after"))
	if value == "" {
		return 0, false
	}
	if v, ok := decimal(value); ok {
		return bounded(v * 1000), v >= 0
	}
	for _, layout := range [3]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if at, err := time.Parse(layout, value); err == nil {
			return until(at, nowMS), true
		}
	}
	return 0, false
}

// bounded makes a pause of milliseconds: rounded up, so that what is above 0 stays so.
func bounded(ms float64) int64 {
	if !(ms > 0) {
		return 0
	}
	return int64(math.Ceil(min(ms, maxRetryAfterMS)))
}

func until(at time.Time, nowMS int64) int64 {
	return min(max(at.UnixMilli()-nowMS, 0), maxRetryAfterMS)
}

// duration reads the time to a reset: as OpenAI and Groq write it (1s, 6m0s, 20ms, 1h2m3.5s), or as Azure does, in seconds.
// A number of more than a day is a date of some kind, not a time to wait.
func duration(value string) int64 {
	value = strings.TrimSpace(value)
	if v, ok := decimal(value); ok {
		if v*1000 > maxRetryAfterMS {
			return 0
		}
		return bounded(v * 1000)
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return 0
	}
	return bounded(float64(d) / float64(time.Millisecond))
}

func isZero(value string) bool {
	v, ok := decimal(value)
	return ok && v == 0
}
