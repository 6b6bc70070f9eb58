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
