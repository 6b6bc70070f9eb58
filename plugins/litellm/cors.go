package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// The variables that say which pages may call us. LiteLLM has no key for it.
const (
	corsOriginsVariable     = "ROUTEIQ_CORS_ORIGINS"
	corsCredentialsVariable = "ROUTEIQ_CORS_CREDENTIALS"
)

// anyOrigin is the origin that stands for all.
const anyOrigin = "*"

// cors reads which pages of other origins may call a proxy.
func (c *compiler) cors() abi.CORS {
	var out abi.CORS
	text, _, _ := c.lookup(corsOriginsVariable)
	for origin := range strings.SplitSeq(text, ",") {
		origin = strings.TrimSuffix(strings.TrimSpace(origin), "/")
		switch {
		case origin == "" || slices.Contains(out.Origins, origin):
		case origin != anyOrigin && !isOrigin(origin):
			c.refuse(Problem{Path: corsOriginsVariable, Message: "holds an entry that is no origin, expected scheme://host[:port], several with commas between them, or *"})
		default:
			out.Origins = append(out.Origins, origin)
		}
	}
	if len(out.Origins) > 1 && slices.Contains(out.Origins, anyOrigin) {
		c.refuse(Problem{Path: corsOriginsVariable, Message: "holds * and other origins: either all may call, or those that are named"})
	}
	out.Credentials, _ = c.variableBoolean(corsCredentialsVariable)
	if out.Credentials && slices.Contains(out.Origins, anyOrigin) {
		c.refuse(Problem{Path: corsCredentialsVariable, Message: "is true while " + corsOriginsVariable + " is *: any page could act with its visitors' credentials; name the origins"})
	}
	return out
}

// isOrigin tells whether a text is an origin as a browser writes it (RFC 6454 §6.2).
func isOrigin(text string) bool {
	scheme, host, ok := strings.Cut(text, "://")
	return ok && (scheme == "http" || scheme == "https") && host != "" && !strings.ContainsAny(host, "/?#@ ")
}
