package abi

// Cluster is what a proxy must know to reach a deployment's upstream. It is no part of Config: the module never sees
// it, Envoy gets it as a cluster, the host keeps it in its process.
type Cluster struct {
	Name             string // Deployment.Cluster
	Scheme           string // "http" or "https"
	Host             string // name or address, without brackets
	Port             int
	InsecureTLS      bool // certificates are not verified (LiteLLM: ssl_verify: false)
	ConnectTimeoutMS int
	Own              bool   // the module itself calls it: what goes there passes no filter of a listener
	Credential       string // with Own: what the proxy puts on all that goes there; empty: nothing
}

// CORS says which pages of other origins may call a proxy (Fetch standard, "CORS protocol"). It is no part of Config: the
// proxy answers for the module.
type CORS struct {
	Origins     []string // "scheme://host[:port]", or "*" alone; empty: none, and no CORS header is sent
	Credentials bool     // a page may send cookies and credentials of its user; never with "*"
}

// Credential is what a proxy must put on an attempt that names it.
type Credential struct {
	Name  string // Deployment.Credential
	Parts []CredentialPart
}

// CredentialPart is one header that carries a secret.
type CredentialPart struct {
	Header string // lower case
	Prefix string // put before the secret, "Bearer " for example
	Secret Secret
}

// Secret is a value, or the environment variable that holds it. It never prints its value.
type Secret struct {
	Env   string // the variable that holds it; empty: Value is literal
	Value string // what it is now
}

// String hides the value; it satisfies fmt.Stringer so that no log or error shows it by accident.
func (s Secret) String() string {
	if s.Env != "" {
		return "os.environ/" + s.Env
	}
	return "[redacted]"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from every encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// How long an attempt may be silent where some deployment states no timeout: LiteLLM's own default for a request is longer,
// but no proxy or provider on the way keeps a silent connection for more than ten minutes.
const maxAttemptIdleMS = 600_000

// idleMarginMS keeps an attempt's idle time off the whole request's deadline: were they equal, both would end in the same
// instant, and the idle time would set off another attempt with nothing left to live.
const idleMarginMS = 1_000

// AttemptIdleMS is how long an attempt may be silent, in milliseconds, before a proxy makes the next one: longer than the
// longest timeout a deployment states, so that it never cuts an answer which the request's own deadline would wait for.
func (c *Config) AttemptIdleMS() int {
	longest, open := 0, false
	for _, g := range c.Groups {
		for _, d := range g.Deployments {
			if d.Mock != nil || d.Unconfigured != "" {
				continue
			}
			open = open || d.TimeoutMS == 0
			longest = max(longest, d.TimeoutMS)
		}
	}
	if open || longest == 0 {
		return max(longest+idleMarginMS, maxAttemptIdleMS)
	}
	return longest + idleMarginMS
}
