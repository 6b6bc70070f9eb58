package hosts

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// refuse returns why a request is not let in; nil: it is.
func (p *Publisher) refuse(r *http.Request) *refusal {
	local := fromThisMachine(r)
	if r.TLS == nil && !local && !p.options.ClearText {
		return &refusal{http.StatusForbidden, "clear_text", "updates hold providers' keys and are not sent in clear text over a network: " +
			"serve the agent with a certificate and give hosts its https:// address, or allow it on the agent"}
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return nil // the listener asked for a certificate and knows who signed it
	}
	if p.options.Token == nil {
		if local {
			return nil
		}
		return &refusal{http.StatusUnauthorized, "certificate_required", "this agent has no token for hosts, so it expects a client's certificate: " +
			"give the host --agent-cert and --agent-key, or the agent a token"}
	}
	want, err := p.options.Token()
	if err != nil || want.Value == "" {
		p.log.Error("the token of hosts cannot be read, so none is let in", "reason", err)
		return &refusal{http.StatusServiceUnavailable, "token_unreadable", "the agent cannot read its own token: see its log"}
	}
	scheme, got, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if got = strings.TrimSpace(got); got == "" || !strings.EqualFold(scheme, "Bearer") {
		return &refusal{http.StatusUnauthorized, "token_required", "expected \"authorization: Bearer TOKEN\": " +
			"give the host --agent-token-file or ROUTEIQ_AGENT_TOKEN"}
	}
	// Hashes are compared, so that the time tells nothing of the token's length either.
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want.Value))
	if subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		return &refusal{http.StatusUnauthorized, "wrong_token", "the token is not the agent's: compare the host's --agent-token-file or ROUTEIQ_AGENT_TOKEN with the agent's"}
	}
	return nil
}

// fromThisMachine tells whether a request came from this machine. One that a proxy here has passed on did not; but Envoy
// adds such a header to reports, which are its own.
func fromThisMachine(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" && r.URL.Path != abi.PathReport {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
