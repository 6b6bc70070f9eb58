package doctor

import tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"

// tlsUnverified: Envoy verifies nothing unless told so.
var tlsUnverified = Check{
	ID: "tls-unverified", Severity: Warning,
	Says:  "A cluster speaks TLS without verifying the upstream's certificate: keys may go to someone else.",
	Needs: []Part{PartProxy},
	look: func(x *examination) {
		for _, p := range x.subject.Proxies {
			var open []string
			for _, c := range p.upstreams() {
				if c.TLS != nil && !verifies(c.TLS.GetCommonTlsContext()) {
					open = append(open, c.Where)
				}
			}
			if len(open) > 0 {
				x.find(some(open), "set trusted_ca and auto_sni_san_validation; take ssl_verify: false out of the configuration", "the certificate of the upstream is not verified")
			}
		}
	},
}

// verifies tells whether a chain is verified; where the context comes by SDS that is not known, and assumed.
func verifies(c *tlsv3.CommonTlsContext) bool {
	v := c.GetValidationContext()
	if v == nil {
		v = c.GetCombinedValidationContext().GetDefaultValidationContext()
	}
	if c.GetValidationContextSdsSecretConfig() != nil || c.GetCombinedValidationContext().GetValidationContextSdsSecretConfig() != nil {
		return true
	}
	trusts := v.GetTrustedCa() != nil || v.GetSystemRootCerts() != nil || len(v.GetVerifyCertificateSpki()) > 0 || len(v.GetVerifyCertificateHash()) > 0
	return trusts && v.GetTrustChainVerification() != tlsv3.CertificateValidationContext_ACCEPT_UNTRUSTED
}
