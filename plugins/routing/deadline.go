package routing

// TimeoutMS is the time the whole request may take, all attempts together; 0: any. It is what the first deployment states;
// a client may ask for less.
func (run *Run) TimeoutMS() int {
	return least(run.Decision.Attempts[0].Deployment.TimeoutMS, run.request.Asked.TimeoutMS)
}

// FirstEventMS is the time an attempt's stream may take to its first event; 0: any. A proxy takes one for all attempts of a
// request, so it is the longest, and none where a deployment states none; a client may ask for less.
func (run *Run) FirstEventMS() int {
	if !run.request.Stream {
		return 0
	}
	longest := 0
	for i := range run.Decision.Attempts {
		ms := run.Decision.Attempts[i].Deployment.StreamTimeoutMS
		if ms == 0 {
			longest = 0
			break
		}
		longest = max(longest, ms)
	}
	return least(longest, run.request.Asked.StreamTimeoutMS)
}

// least is the smaller of two times of which 0 means any.
func least(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
