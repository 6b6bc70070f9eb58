package routing

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// ineligible tells why a deployment cannot serve a request; "" when it can. What a deployment does not state it is
// assumed to be able to: only a stated lack or size excludes, or the requests of people who migrate would fail.
func ineligible(q *abi.Request, p *abi.Deployment) abi.Reason {
	switch {
	case p.Unconfigured != "":
		return abi.ReasonUnconfigured
	case pathOf(p, q.API) == nil:
		return abi.ReasonAPI
	case q.Pinned != "" && q.Pinned != p.ID:
		return abi.ReasonPinned
	case p.MaxInputTokens > 0 && q.InputTokens > p.MaxInputTokens:
		return abi.ReasonContext
	}
	for _, need := range q.Needs {
		if slices.Contains(p.Lacks, need) {
			return abi.ReasonCapability
		}
	}
	return ""
}

func pathOf(p *abi.Deployment, api abi.API) *abi.APIPath {
	for i := range p.Paths {
		if p.Paths[i].API == api {
			return &p.Paths[i]
		}
	}
	return nil
}

// attempt fills in what an attempt sends: the upstream's model and path.
func attempt(c abi.Candidate, t target, api abi.API) abi.Attempt {
	// The client's "openai/gpt-4o" reaches openai as "gpt-4o": a provider does not know its own prefix.
	model := strings.Replace(c.Model, "*", strings.TrimPrefix(t.star, c.Provider+"/"), 1)
	path := strings.Replace(pathOf(c.Deployment, api).Path, "{model}", escape(model), 1)
	return abi.Attempt{Deployment: c.Deployment, Group: t.Name, Model: model, Path: path, Probe: c.Probe}
}

// escape percent-encodes s as one segment of a path (RFC 3986 §3.3); net/url would bring much else into the module.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~:@$&+=", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
