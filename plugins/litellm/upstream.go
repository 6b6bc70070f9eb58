package litellm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider"
)

// upstream finds out what a deployment calls, where, and with which key. A deployment that cannot be called stays in the
// document as unconfigured, so that a status can show it.
func (c *compiler) upstream(e *entry) {
	n := e.params.get("model")
	model, ok := c.text(n)
	if !ok || model == "" {
		if n == nil || n.kind == isScalar {
			c.refuseAt(first(n, e.params), "names no model, expected provider/model")
		}
		return
	}
	if !isHeaderValue(model) || len(model) > 512 || strings.Count(model, "*") > 1 {
		c.refuseAt(n, n.shown()+", expected provider/model without control characters, blanks at its ends or a second '*'")
		return
	}
	custom, _ := c.text(e.params.get("custom_llm_provider"))
	mock, isMock := c.mock(e)
	baseNode := e.params.get("api_base")
	baseText, unsetBase, baseOK := c.baseText(baseNode)
	e.identity = []string{e.group, model, baseText, c.region(e)}

	choice, err := provider.Resolve(model, custom, baseText)
	switch {
	case err == nil:
	case isMock:
		choice = provider.Choice{Provider: &provider.Provider{Name: "mock"}, Model: model}
	case unsetBase != "": // it would be known with its api_base
		prefix, _, _ := strings.Cut(model, "/")
		choice = provider.Choice{Provider: &provider.Provider{Name: cmp.Or(custom, prefix)}, Model: model}
	case baseOK:
		c.refuseAt(n, err.Error())
		return
	default:
		return // the api_base was refused, and perhaps is all that was wrong
	}
	p := choice.Provider
	e.d.Provider, e.d.Model = p.Name, choice.Model
	if choice.Model == "" {
		c.refuseAt(n, "is "+quote(model)+", which names no model, expected provider/model")
		return
	}
	switch {
	case isMock:
		e.d.Mock, e.d.Cluster = &mock, abi.MockCluster
		for _, api := range abi.APIs {
			e.d.Paths = append(e.d.Paths, abi.APIPath{API: api, Path: api.Path()})
		}
		return
	case unsetBase != "":
		e.d.Unconfigured = notSet([]string{unsetBase})
		c.noteAt(baseNode, "api_base "+unsetBase, unsetBase+" is not set: deployments with it as their api_base are never chosen")
		return
	case p.Unusable != "":
		e.d.Unconfigured = p.Unusable
		c.noteAt(n, "provider "+p.Name, p.Unusable+": its deployments are never chosen")
		return
	}
	if model == "*" && custom == "" {
		c.warnAt(n, "is \"*\": every model goes to "+p.Name+"; LiteLLM would go by the client's prefix, here each provider needs an entry like anthropic/*")
	}
	if choice.Assumed {
		c.noteAt(n, "prefix "+p.Name, p.Name+" is no provider LiteLLM knows: taken as OpenAI-compatible at its api_base")
	}
	c.place(e, p, first(baseNode, n), baseText)
	c.credential(e, p)
}

// place sets where the deployment is: the api_base, the provider's variable for it, or the provider's default.
func (c *compiler) place(e *entry, p *provider.Provider, at *node, baseText string) {
	from := ""
	for i := 0; i < len(p.BaseEnv) && baseText == ""; i++ {
		if value, _, set := c.lookup(p.BaseEnv[i]); set {
			baseText, from = value, p.BaseEnv[i]+" "
		}
	}
	if baseText == "" {
		baseText = p.Base
	}
	if baseText == "" {
		message := p.Name + " needs an api_base"
		if len(p.BaseEnv) > 0 {
			message += ", or the variable " + strings.Join(p.BaseEnv, " or ")
		}
		c.refuseAt(at, message)
		return
	}
	base, err := provider.ParseBase(baseText)
	if err != nil {
		c.refuseAt(at, from+err.Error()+"; expected an address like https://host/v1")
		return
	}
	if base.Version != "" && p.Style != provider.Azure {
		c.refuseAt(at, from+"has an api-version, which only azure understands: take it off")
		return
	}
	e.base = &base
	e.d.Authority = base.Authority()
	e.d.Paths = p.Paths(base, c.version(e, p))
}

// version is Azure's api_version: the key, the variable, or LiteLLM's default.
func (c *compiler) version(e *entry, p *provider.Provider) string {
	if p.Style != provider.Azure {
		return ""
	}
	n := e.params.get("api_version")
	if text, ok := c.text(n); ok && text != "" {
		if !provider.IsVersion(text) {
			c.refuseAt(n, n.shown()+", expected a version like 2024-10-21")
			return provider.DefaultAzureVersion
		}
		return text
	}
	if text, _, set := c.lookup("AZURE_API_VERSION"); set {
		if !provider.IsVersion(text) {
			c.refuse(Problem{Path: "AZURE_API_VERSION", Message: "holds no version, expected one like 2024-10-21"})
			return provider.DefaultAzureVersion
		}
		return text
	}
	return provider.DefaultAzureVersion
}

// baseText reads api_base. unset is the name of a variable that is not set: the provider's default address would send
// the deployment's key to somebody else, so it counts as a missing credential does. ok is false when it was refused.
func (c *compiler) baseText(n *node) (text, unset string, ok bool) {
	if n == nil {
		return "", "", true
	}
	if name, named := n.variable(); named {
		value, _, set := c.lookup(name)
		if !set {
			return "", name, true
		}
		return value, "", true
	}
	if n.kind != isScalar {
		c.refuseAt(n, "is "+string(n.kind)+", expected an address like https://host/v1")
		return "", "", false
	}
	return n.text, "", true
}

// region is the first region a deployment states; it is part of its identity.
func (c *compiler) region(e *entry) string {
	region := ""
	for _, key := range []string{"region_name", "aws_region_name", "vertex_location", "watsonx_region_name"} {
		if text, ok := c.text(e.params.get(key)); ok && region == "" {
			region = text
		}
	}
	return region
}

// mockErrors are the texts LiteLLM answers with an error.
var mockErrors = []string{"litellm.RateLimitError", "litellm.ContextWindowExceededError", "litellm.InternalServerError"}

// mock reads mock_response; an empty one is none, as in LiteLLM.
func (c *compiler) mock(e *entry) (text string, ok bool) {
	n := e.params.get("mock_response")
	if text, ok = c.text(n); !ok || text == "" {
		return "", false
	}
	if slices.Contains(mockErrors, text) || strings.HasPrefix(text, "Exception: ") {
		c.warnAt(n, "is answered as plain text: LiteLLM would answer with that error")
	}
	return text, true
}
