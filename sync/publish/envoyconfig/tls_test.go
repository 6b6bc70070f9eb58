package envoyconfig

import (
	"testing"

	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"

	"github.com/routeiq/routeiq/abi"
)

// TestUpstreamTLS: every upstream is verified by authority and name, unless the configuration says it is not.
func TestUpstreamTLS(t *testing.T) {
	for _, c := range []struct {
		host     string
		insecure bool
		sni, ip  string
	}{
		{"api.test", false, "api.test", ""},
		{"192.0.2.7", false, "", "192.0.2.7"},
		{"2001:0db8::0001", false, "", "2001:db8::1"},
		{"api.test", true, "api.test", ""},
		{"192.0.2.7", true, "", ""},
	} {
		var context tlsv3.UpstreamTlsContext
		if err := upstreamTLS(abi.Cluster{Host: c.host, InsecureTLS: c.insecure}, "bundle.pem").GetTypedConfig().UnmarshalTo(&context); err != nil {
			t.Fatal(err)
		}
		v := context.CommonTlsContext.GetValidationContext()
		if context.Sni != c.sni {
			t.Errorf("%s: the server name is %q, expected %q", c.host, context.Sni, c.sni)
		}
		if accepts := v.TrustChainVerification == tlsv3.CertificateValidationContext_ACCEPT_UNTRUSTED; accepts != c.insecure {
			t.Errorf("%s, insecure %v: accepts untrusted certificates: %v", c.host, c.insecure, accepts)
		}
		if verified := v.TrustedCa.GetFilename() == "bundle.pem"; verified == c.insecure {
			t.Errorf("%s, insecure %v: has a bundle: %v", c.host, c.insecure, verified)
		}
		if named := context.AutoSniSanValidation; named != (!c.insecure && c.sni != "") {
			t.Errorf("%s, insecure %v: the certificate's name is compared: %v", c.host, c.insecure, named)
		}
		var ip string
		for _, m := range v.MatchTypedSubjectAltNames {
			ip = m.Matcher.GetExact()
		}
		if ip != c.ip {
			t.Errorf("%s, insecure %v: the certificate's address must be %q, expected %q", c.host, c.insecure, ip, c.ip)
		}
	}
}
