package litellm

// share compiles weight, rpm and tpm into the parts of a group's load; that rpm and tpm are limits too is read by rates.
// The first of the three that any deployment of a group states decides for all of it; who does not state it has none, and
// still serves as failover. (LiteLLM looks at the first entry alone, so that the order of the list decides.) Where all are
// zero the load is even.
func (c *compiler) share(entries []*entry) {
	decided := map[string]bool{}
	for _, key := range []string{"weight", "rpm", "tpm"} {
		stated := map[string]bool{}
		for _, e := range entries {
			for _, from := range []*node{e.info, e.at, e.params} { // litellm_params wins
				v, ok := c.number(from.get(key), 0, maxRate, "a number of 0 or more")
				if ok && !decided[e.group] {
					e.d.Share = v
					stated[e.group] = true
				}
			}
		}
		for group := range stated {
			decided[group] = true
		}
	}
}
