package provider

import (
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// DefaultAzureVersion is LiteLLM's api_version where none is written and AZURE_API_VERSION is not set.
const DefaultAzureVersion = "2025-02-01-preview"

// suffix is where an OpenAI-compatible API stands below its base URL.
var suffix = map[abi.API]string{
	abi.APIChat: "/chat/completions", abi.APICompletions: "/completions", abi.APIEmbeddings: "/embeddings",
	abi.APIResponses: "/responses", abi.APIMessages: "/messages",
}

// Paths returns where the provider serves each of its APIs below base, in the order of p.APIs. version is Azure's
// api_version, used where base has none. A base that already ends with the path of an API, or with a slash, is understood.
func (p *Provider) Paths(base Base, version string) []abi.APIPath {
	path := withoutAPI(base.Path)
	if base.Version != "" {
		version = base.Version
	}
	if p.Root != "" && !strings.HasSuffix(path, p.Root) {
		path += p.Root
	}
	paths := make([]abi.APIPath, 0, len(p.APIs))
	for _, api := range p.APIs {
		at := path + suffix[api]
		switch p.Style {
		case Azure:
			at = azurePath(path, version, api)
		case Anthropic:
			at = strings.TrimSuffix(path, "/v1") + "/v1/messages"
		}
		paths = append(paths, abi.APIPath{API: api, Path: at})
	}
	return paths
}

// withoutAPI takes the path of an API off the end of a base's path: people paste the whole address.
func withoutAPI(path string) string {
	for _, api := range []abi.API{abi.APIChat, abi.APICompletions, abi.APIEmbeddings, abi.APIResponses, abi.APIMessages} {
		if cut, ok := strings.CutSuffix(path, suffix[api]); ok {
			return cut
		}
	}
	return path
}

// azurePath builds one of Azure's paths. There are two surfaces: the dated one with the deployment in the path, and v1,
// where the deployment stands in the body as the model.
// Source: Microsoft's "API version lifecycle" and "Responses API"; LiteLLM takes v1 for preview, latest and v1.
func azurePath(path, version string, api abi.API) string {
	root, deployment := path, "{model}"
	if before, behind, ok := strings.Cut(path, "/openai/deployments/"); ok {
		root, deployment = before, behind // the base names its deployment itself
	} else if before, ok := strings.CutSuffix(path, "/openai/deployments"); ok {
		root = before
	}
	v1 := version == "preview" || version == "latest" || version == "v1"
	for _, end := range []string{"/openai/v1", "/openai"} {
		if before, ok := strings.CutSuffix(root, end); ok {
			root, v1 = before, v1 || end == "/openai/v1"
			break
		}
	}
	if api == abi.APIResponses && !v1 {
		// A dated version that is no preview is older than the Responses API, which then is called at v1.
		if strings.HasSuffix(version, "-preview") {
			return root + "/openai/responses?api-version=" + version
		}
		v1, version = true, "preview"
	}
	if v1 {
		path = root + "/openai/v1" + suffix[api]
		if version == "preview" {
			path += "?api-version=preview"
		}
		return path
	}
	return root + "/openai/deployments/" + deployment + suffix[api] + "?api-version=" + version
}
