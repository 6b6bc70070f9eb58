// Package engine reads what an inference server says of itself: vLLM's gauges, in Prometheus' text format.
package engine

import (
	"bytes"
	"math"
	"strconv"
)

// Gauges are what is asked of a server.
type Gauges struct {
	CacheUsage float64 // of its KV cache, 0 to 1: of the engine in it that has the fullest
	Waiting    float64 // requests that wait, over all its engines
}

// The names of vLLM's metrics; the first of the cache's was called otherwise before its version 0.10.
const (
	cacheUsage    = "vllm:kv_cache_usage_perc"
	oldCacheUsage = "vllm:gpu_cache_usage_perc"
	waiting       = "vllm:num_requests_waiting"
)

// Parse reads a page of metrics; false when it has not both gauges.
func Parse(page []byte) (g Gauges, ok bool) {
	var hasUsage, hasWaiting bool
	for line := range bytes.Lines(page) {
		if !bytes.HasPrefix(line, []byte("vllm:")) {
			continue
		}
		name, value, good := sample(line)
		switch {
		case !good:
		case name == cacheUsage || name == oldCacheUsage:
			g.CacheUsage, hasUsage = max(g.CacheUsage, value), true
		case name == waiting:
			g.Waiting, hasWaiting = g.Waiting+value, true
		}
	}
	return g, hasUsage && hasWaiting
}

// sample reads one line: a name, labels, a value, and perhaps a time.
func sample(line []byte) (name string, value float64, ok bool) {
	end := bytes.IndexAny(line, "{ ")
	if end < 0 {
		return "", 0, false
	}
	rest := line[end:]
	if rest[0] == '{' {
		// A label's value may hold a brace and an escaped quotation mark.
		quoted := false
		at := 1
		for ; at < len(rest) && (quoted || rest[at] != '}'); at++ {
			switch rest[at] {
			case '\\':
				at++
			case '"':
				quoted = !quoted
			}
		}
		if at >= len(rest) {
			return "", 0, false
		}
		rest = rest[at+1:]
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return "", 0, false
	}
	value, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) || value < 0 {
		return "", 0, false
	}
	return string(line[:end]), value, true
}
