package signal

// ring holds the newest values of a kind, as LiteLLM's lists of latencies do.
type ring struct {
	values []float64
	atMS   []int64
	next   int
}

// add puts a value in, in place of the oldest where there are most already.
func (r *ring) add(v float64, atMS int64, most int) {
	if len(r.values) > most { // another configuration kept more
		*r = ring{}
	}
	if len(r.values) < most {
		r.values, r.atMS = append(r.values, v), append(r.atMS, atMS)
		return
	}
	r.values[r.next], r.atMS[r.next] = v, atMS
	r.next = (r.next + 1) % most
}

// sum adds up the values that are not older than ttlMS.
func (r *ring) sum(nowMS int64, ttlMS float64) sum {
	var s sum
	for i, v := range r.values {
		if float64(nowMS-r.atMS[i]) <= ttlMS {
			s.total += v
			s.count++
			s.atMS = max(s.atMS, r.atMS[i])
		}
	}
	return s
}
