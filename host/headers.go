package host

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/host/vm"
)

// lowerNames and canonicalNames hold the names that come by all the time, so that none of them is made anew for every
// request. net/http writes Content-Type where a module sees content-type.
var lowerNames, canonicalNames = commonNames()

func commonNames() (lower, canonical map[string]string) {
	lower, canonical = map[string]string{}, map[string]string{}
	for _, name := range strings.Fields(`accept accept-encoding accept-language age alt-svc anthropic-beta anthropic-organization-id
		anthropic-ratelimit-requests-limit anthropic-ratelimit-requests-remaining anthropic-version api-key authorization
		azureml-model-session cache-control cf-cache-status cf-ray content-encoding content-language content-length content-type
		cookie date etag host idempotency-key last-modified location openai-beta openai-model openai-organization
		openai-processing-ms openai-project openai-version origin pragma referer request-id retry-after sec-fetch-mode server
		set-cookie strict-transport-security traceparent tracestate user-agent vary via x-api-key x-content-type-options
		x-forwarded-for x-forwarded-proto x-ratelimit-limit-requests x-ratelimit-limit-tokens x-ratelimit-remaining-requests
		x-ratelimit-remaining-tokens x-ratelimit-reset-requests x-ratelimit-reset-tokens x-request-id x-routeiq-attempts
		x-routeiq-deployment x-routeiq-model x-routeiq-revision x-routeiq-strategy x-stainless-arch x-stainless-async
		x-stainless-lang x-stainless-os x-stainless-package-version x-stainless-raw-response x-stainless-read-timeout
		x-stainless-retry-count x-stainless-runtime x-stainless-runtime-version x-stainless-timeout`) {
		c := textproto.CanonicalMIMEHeaderKey(name)
		lower[c], canonical[name] = name, c
	}
	return lower, canonical
}

func lowerName(name string) string {
	if l, ok := lowerNames[name]; ok {
		return l
	}
	return strings.ToLower(name)
}

func canonicalName(name string) string {
	if c, ok := canonicalNames[name]; ok {
		return c
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// hopByHop are the headers of one connection, which Envoy takes off in both directions (RFC 9110 §7.6.1), and expect,
// which net/http answers.
func hopByHop(lower string) bool {
	switch lower {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "expect",
		"proxy-authenticate", "http2-settings":
		return true
	}
	return false
}

// appendLower adds headers of net/http to lines, without those of the connection and those it names.
func appendLower(lines []vm.Header, h http.Header) []vm.Header {
	named := h["Connection"]
	for name, values := range h {
		lower := lowerName(name)
		if hopByHop(lower) || len(named) > 0 && nameIn(lower, named) {
			continue
		}
		for _, value := range values {
			lines = append(lines, vm.Header{Name: lower, Value: value})
		}
	}
	return lines
}

// nameIn tells whether a Connection header names a header.
func nameIn(lower string, connection []string) bool {
	for _, list := range connection {
		for token := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(token), lower) {
				return true
			}
		}
	}
	return false
}

// putCanonical copies lines into a map of net/http, without pseudo headers, those of a connection, and those of skip.
func putCanonical(to http.Header, lines []vm.Header, skip func(lower string) bool) {
	values := make([]string, 0, len(lines)) // one allocation for all
	for _, l := range lines {
		if l.Name == "" || l.Name[0] == ':' || hopByHop(l.Name) || skip != nil && skip(l.Name) {
			continue
		}
		name := canonicalName(l.Name)
		if old, ok := to[name]; ok && len(old) > 0 {
			to[name] = append(old, l.Value)
			continue
		}
		values = append(values, l.Value)
		to[name] = values[len(values)-1 : len(values) : len(values)]
	}
}

// requestLines shows a client's request as a module sees it.
func requestLines(r *http.Request) []vm.Header {
	lines := make([]vm.Header, 0, len(r.Header)+6)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	lines = append(lines,
		vm.Header{Name: ":method", Value: r.Method}, vm.Header{Name: ":path", Value: requestTarget(r)},
		vm.Header{Name: ":authority", Value: r.Host}, vm.Header{Name: ":scheme", Value: scheme})
	return appendLower(lines, r.Header)
}

// requestTarget is the path and query as the client wrote them; of the form with a whole URL only those.
func requestTarget(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	if r.Method == http.MethodConnect || r.URL == nil {
		return "/"
	}
	return r.URL.RequestURI()
}

// responseLines shows an upstream's answer as a module sees it.
func responseLines(status int, h http.Header) *vm.Headers {
	lines := make([]vm.Header, 1, len(h)+2)
	lines[0] = vm.Header{Name: ":status", Value: strconv.Itoa(status)}
	return vm.NewHeaders(appendLower(lines, h))
}

// trailerLines shows trailers as a module sees them; nil: there are none.
func trailerLines(h http.Header) *vm.Headers {
	if len(h) == 0 {
		return nil
	}
	if lines := appendLower(nil, h); len(lines) > 0 {
		return vm.NewHeaders(lines)
	}
	return nil
}
