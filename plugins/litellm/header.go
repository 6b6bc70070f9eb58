package litellm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// ownedHeaders are what the proxy and the module write themselves on every attempt, or what belongs to one connection.
var ownedHeaders = []string{
	"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te",
	"trailer", "upgrade", "expect", "accept-encoding", "x-request-id", "proxy-authorization",
}

// headers reads extra_headers (LiteLLM also calls them headers). One that looks like a credential, or whose value is a
// variable, is kept as a secret by the proxy; the others are part of the document.
func (c *compiler) headers(e *entry) {
	for _, key := range []string{"extra_headers", "headers"} {
		block := c.mapping(e.params.get(key))
		if block == nil {
			continue
		}
		for _, m := range block.keys {
			c.header(e, strings.ToLower(m.name), m.value)
		}
	}
	slices.SortFunc(e.d.Headers, func(a, b abi.Header) int { return strings.Compare(a.Name, b.Name) })
}

func (c *compiler) header(e *entry, name string, n *node) {
	switch {
	case !isHeaderName(name):
		c.refuseAt(n, "is no name of a header")
		return
	case slices.Contains(ownedHeaders, name), strings.HasPrefix(name, abi.HeaderPrefix), strings.HasPrefix(name, "x-envoy-"):
		c.refuseAt(n, "is a header the proxy writes itself: take it out")
		return
	case e.hasPart(name), slices.ContainsFunc(e.d.Headers, func(h abi.Header) bool { return h.Name == name }):
		c.refuseAt(n, "stands twice, case aside: keep one")
		return
	case n.kind == isNull:
		return
	}
	_, named := n.variable()
	if !named && !isCredentialName(name) {
		text, ok := c.text(n)
		if !ok {
			return
		}
		if !isHeaderValue(text) {
			c.refuseAt(n, unsendable)
			return
		}
		e.d.Headers = append(e.d.Headers, abi.Header{Name: name, Value: text})
		return
	}
	s, unset, ok := c.secret(n)
	if !ok {
		return
	}
	e.part(name, "", s, unset)
}

// secretHeaders lists, sorted, the headers that carry a secret of some deployment and are not known to do so anyway.
func secretHeaders(credentials []abi.Credential) []string {
	var names []string
	for _, c := range credentials {
		for _, p := range c.Parts {
			if !slices.Contains(abi.CredentialHeaders, p.Header) && !slices.Contains(names, p.Header) {
				names = append(names, p.Header)
			}
		}
	}
	slices.Sort(names)
	return names
}

// isCredentialName tells whether a header's name says that its value is a secret.
func isCredentialName(name string) bool {
	if slices.Contains(abi.CredentialHeaders, name) {
		return true
	}
	for _, word := range []string{"auth", "key", "token", "secret", "password", "cookie", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// isHeaderName tells whether name is a token of RFC 9110 §5.6.2, in lower case.
func isHeaderName(name string) bool {
	return name != "" && len(name) <= 128 && strings.IndexFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	}) < 0
}

func count(n int) string { return strconv.Itoa(n) }
