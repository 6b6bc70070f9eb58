package litellm

import (
	"math"
	"strconv"
)

// connectTimeoutMS bounds the wait for a connection, so that an unreachable deployment leaves time for the next one.
const connectTimeoutMS = 5000

// maxSeconds bounds durations: more than four months is a mistake in the unit.
const maxSeconds = 1e7

// deadlines bound a deployment's attempts, in milliseconds; 0: they do not.
type deadlines struct {
	whole, stream, stall, connect int
}

// deadlines reads what holds for every deployment: LiteLLM's timeouts, and stall_timeout and connect_timeout, which are ours.
func (c *compiler) deadlines(router, module *node) deadlines {
	d := deadlines{connect: connectTimeoutMS}
	for _, k := range []struct {
		from *node
		key  string
		to   *int
	}{
		{module, "request_timeout", &d.whole}, {router, "timeout", &d.whole}, // the later wins
		{router, "stream_timeout", &d.stream}, {router, "stall_timeout", &d.stall}, {router, "connect_timeout", &d.connect},
	} {
		if ms, ok := c.milliseconds(k.from.get(k.key)); ok {
			*k.to = ms
		}
	}
	return d
}

// deadlinesOf reads a deployment's own.
func (c *compiler) deadlinesOf(e *entry, d deadlines) {
	for _, k := range []struct {
		key string
		to  *int
	}{
		{"request_timeout", &d.whole}, {"timeout", &d.whole}, // the later wins
		{"stream_timeout", &d.stream}, {"stall_timeout", &d.stall}, {"connect_timeout", &d.connect},
	} {
		if ms, ok := c.milliseconds(e.params.get(k.key)); ok {
			*k.to = ms
		}
	}
	e.d.TimeoutMS, e.d.StreamTimeoutMS, e.d.StallTimeoutMS, e.connectMS = d.whole, d.stream, d.stall, d.connect
}

// milliseconds reads seconds, fractions too; leaving the key out is how to have no limit.
func (c *compiler) milliseconds(n *node) (int, bool) {
	v, ok := c.number(n, 0.001, maxSeconds, "seconds, more than 0 and at most 10000000; leave the key out where there is no limit")
	return int(math.Round(v * 1000)), ok
}

// duration reads seconds from low to high into milliseconds.
func (c *compiler) duration(n *node, low, high float64) (ms int, ok bool) {
	least := "more than 0"
	if low == 0 {
		least = "0 or more"
	}
	v, ok := c.number(n, low, high, "seconds, "+least+" and at most "+strconv.FormatFloat(high, 'f', -1, 64))
	return int(math.Round(v * 1000)), ok
}

// seconds writes milliseconds as an error says them.
func seconds(ms int) string { return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) + " seconds" }
