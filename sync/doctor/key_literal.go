package doctor

import (
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"

	"github.com/routeiq/routeiq/abi"
)

// keyLiteral: who can read the file has the key.
var keyLiteral = Check{
	ID: "key-literal", Severity: Warning,
	Says:  "A key stands literally in Envoy's configuration.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			var literal []string
			for _, s := range p.Secrets {
				if s.Literal {
					literal = append(literal, s.Where)
				}
			}
			if len(literal) > 0 {
				x.find(some(literal), "name a variable by os.environ/NAME in the configuration and render again; change the key if others could read it", "secrets hold their key literally")
			}
			for _, m := range p.Managers {
				for _, h := range m.Hosts {
					headers := slices.Clone(h.RequestHeadersToAdd)
					for _, r := range h.Routes {
						headers = append(headers, r.RequestHeadersToAdd...)
					}
					if name := literalHeader(append(headers, m.Config.GetRouteConfig().GetRequestHeadersToAdd()...)); name != "" {
						x.find(h.Where, "let the credential filters set it from a secret; change the key if others could read it", "request_headers_to_add sets the header %s literally, for every upstream", name)
					}
				}
			}
		}
	},
}

// literalHeader returns the name of a header that carries a key and is set to a text; "" when there is none.
func literalHeader(headers []*corev3.HeaderValueOption) string {
	for _, h := range headers {
		if isCredentialHeader(h.GetHeader().GetKey()) {
			return strings.ToLower(h.Header.Key)
		}
	}
	return ""
}

func isCredentialHeader(name string) bool {
	return slices.Contains(abi.CredentialHeaders, strings.ToLower(name))
}
