package shell

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
)

// requestHeaders is what the router needs of a client's headers. They are read with one host call.
type requestHeaders struct {
	method, path, requestID        string
	authorization, xAPIKey, apiKey string
	contentEncoding, contentLength string
	anthropicVersion               bool

	numRetries, timeout, streamTimeout string // what LiteLLM's headers ask for
	asks                               bool   // one of them is there
	tags, profile, region, session     string // what strategies and filters go by
	userAgent                          string
	forged                             []string // headers that no upstream may see: no client may set them, or they are for us
}

func readRequestHeaders() (h requestHeaders, err error) {
	all, err := proxywasm.GetHttpRequestHeaders()
	for _, line := range all {
		name, value := line[0], line[1]
		switch name {
		case ":method":
			h.method = value
		case ":path":
			h.path = value
		case abi.HeaderRequestID:
			h.requestID = value
		case "authorization":
			h.authorization = value
		case "x-api-key":
			h.xAPIKey = value
		case "api-key":
			h.apiKey = value
		case "content-encoding":
			h.contentEncoding = value
		case "content-length":
			h.contentLength = value
		case "anthropic-version":
			h.anthropicVersion = true
		case "user-agent":
			h.userAgent = value
		case abi.HeaderTags:
			h.tags = value
			h.forged = append(h.forged, name)
		case abi.HeaderSession:
			h.session = value
			h.forged = append(h.forged, name)
		case abi.HeaderProfile:
			h.profile = value
			h.forged = append(h.forged, name)
		case abi.HeaderRegion:
			h.region = value
			h.forged = append(h.forged, name)
		case abi.HeaderNumRetries:
			h.numRetries, h.asks = value, true
			h.forged = append(h.forged, name)
		case abi.HeaderTimeout:
			h.timeout, h.asks = value, true
			h.forged = append(h.forged, name)
		case abi.HeaderStreamTimeout:
			h.streamTimeout, h.asks = value, true
			h.forged = append(h.forged, name)
		default:
			if strings.HasPrefix(name, "x-") && isControl(name) {
				h.forged = append(h.forged, name)
			}
		}
	}
	return h, err
}

// isControl tells whether a header steers a proxy or is ours, so that no client may send it.
func isControl(name string) bool {
	for _, c := range abi.ControlHeaders {
		if name == c || strings.HasSuffix(c, "-") && strings.HasPrefix(name, c) {
			return true
		}
	}
	return false
}

// must logs a host call that failed although it cannot in a proxy that keeps the contract.
func must(what string, err error) {
	if err != nil {
		proxywasm.LogError("routeiq: " + what + ": " + err.Error())
	}
}

func removeRequestHeader(name string) {
	must("remove a request header", proxywasm.RemoveHttpRequestHeader(name))
}

func setRequestHeader(name, value string) {
	must("set a request header", proxywasm.ReplaceHttpRequestHeader(name, value))
}

func removeResponseHeader(name string) {
	must("remove a response header", proxywasm.RemoveHttpResponseHeader(name))
}

func setResponseHeader(name, value string) {
	must("set a response header", proxywasm.ReplaceHttpResponseHeader(name, value))
}
