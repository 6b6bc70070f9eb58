package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider"
)

// loginKeys authenticate a deployment in ways that are not built yet. Where one stands and no api_key, the provider's
// standard variable must not be taken: it may be the key of another account.
var loginKeys = []string{
	"litellm_credential_name", "tenant_id", "client_id", "client_secret", "azure_username", "azure_password", "azure_ad_token_provider",
	"token_exchange_endpoint", "openai_identity_provider_id", "anthropic_federation_rule_id",
}

// credential finds the headers that carry a deployment's secrets.
func (c *compiler) credential(e *entry, p *provider.Provider) {
	c.headers(e)
	if n := e.params.get("organization"); n != nil && p.Style == provider.OpenAI {
		if text, ok := c.text(n); ok && text != "" {
			if isHeaderValue(text) {
				e.d.Headers = append(e.d.Headers, abi.Header{Name: "openai-organization", Value: text})
			} else {
				c.refuseAt(n, unsendable)
			}
		}
	}
	if e.hasPart(p.Header) {
		return // extra_headers carry the key, as in LiteLLM they win
	}
	keyNode := e.params.get("api_key")
	if s, unset, ok := c.secret(keyNode); ok {
		if strings.HasPrefix(s.Value, "oidc/") {
			e.d.Unconfigured = "an api_key by oidc/ is not built yet"
			c.noteAt(keyNode, "oidc", e.d.Unconfigured+": deployments with it are never chosen")
			return
		}
		e.part(p.Header, p.Prefix, s, unset)
		return
	} else if keyNode != nil && keyNode.kind != isScalar {
		return
	}
	if s, unset, ok := c.secret(e.params.get("azure_ad_token")); ok && p.Style == provider.Azure {
		e.part("authorization", "Bearer ", s, unset)
		return
	}
	for _, key := range loginKeys {
		if e.params.get(key) != nil { // of which the table of keys has warned
			e.d.Unconfigured = key + " is not applied yet, and there is no api_key"
			return
		}
	}
	c.standardKey(e, p)
}

// standardKey takes the key from the variables LiteLLM reads for the provider.
func (c *compiler) standardKey(e *entry, p *provider.Provider) {
	for _, name := range p.KeyEnv {
		s, unset := c.variableSecret(name)
		if unset != "" {
			continue
		}
		if !isHeaderValue(s.Value) {
			c.refuse(Problem{Path: name, Message: unsendable})
			return
		}
		e.part(p.Header, p.Prefix, s, "")
		return
	}
	if !p.Keyless {
		e.part(p.Header, p.Prefix, abi.Secret{Env: p.KeyEnv[0]}, p.KeyEnv[0])
	}
}

func (e *entry) part(header, prefix string, s abi.Secret, unset string) {
	e.parts = append(e.parts, abi.CredentialPart{Header: header, Prefix: prefix, Secret: s})
	if unset != "" && !slices.Contains(e.unset, unset) {
		e.unset = append(e.unset, unset)
	}
}

func (e *entry) hasPart(header string) bool {
	return slices.ContainsFunc(e.parts, func(p abi.CredentialPart) bool { return p.Header == header })
}

// deployments completes what the proxy must know of them, and says which variables they lack: one warning a variable.
func (c *compiler) deployments(out *Compiled, entries []*entry) {
	var missing []string // variables, in their order
	lacking := map[string][]*entry{}
	for _, e := range entries {
		if len(e.parts) > 0 {
			out.Credentials = append(out.Credentials, abi.Credential{Name: e.d.ID, Parts: e.parts})
		}
		if e.base != nil {
			out.Clusters = append(out.Clusters, abi.Cluster{
				Name: e.d.Cluster, Scheme: e.base.Scheme, Host: e.base.Host, Port: e.base.Port,
				InsecureTLS: e.insecure, ConnectTimeoutMS: e.connectMS,
			})
		}
		if len(e.unset) > 0 {
			out.Unset[e.d.ID] = e.unset
		}
		for _, name := range e.unset {
			if lacking[name] == nil {
				missing = append(missing, name)
			}
			lacking[name] = append(lacking[name], e)
		}
		if e.d.Unconfigured != "" {
			out.strict = append(out.strict, Problem{
				File: e.at.file, Line: e.at.line, Path: e.at.path, Message: "deployment " + e.d.ID + " of " + quote(e.group) + " is never chosen: " + e.d.Unconfigured,
			})
		}
	}
	for _, name := range missing {
		const most = 8
		var ids []string
		for _, e := range lacking[name][:min(len(lacking[name]), most)] {
			ids = append(ids, e.d.ID+" of "+quote(e.group))
		}
		message := name + " is not set: never chosen are " + strings.Join(ids, ", ")
		if len(lacking[name]) == 1 {
			message = name + " is not set: never chosen is " + ids[0]
		} else if more := len(lacking[name]) - most; more > 0 {
			message += " and " + count(more) + " more"
		}
		c.warnAt(lacking[name][0].params, message)
	}
	out.strict = sorted(out.strict)
}
