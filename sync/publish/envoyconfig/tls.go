package envoyconfig

import (
	"net"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	"github.com/routeiq/routeiq/abi"
)

// upstreamTLS says how a cluster's upstream is spoken to and verified: its certificate must come from an authority in
// the bundle and be made out to the host the deployment names. Envoy verifies nothing unless told so.
func upstreamTLS(c abi.Cluster, bundle string) *corev3.TransportSocket {
	context := &tlsv3.UpstreamTlsContext{CommonTlsContext: &tlsv3.CommonTlsContext{}}
	address := net.ParseIP(c.Host) != nil
	if !address {
		context.Sni = c.Host
	}
	validation := &tlsv3.CertificateValidationContext{}
	switch {
	case c.InsecureTLS:
		// Said in words rather than by an empty context, so that a reader of the file sees it.
		validation.TrustChainVerification = tlsv3.CertificateValidationContext_ACCEPT_UNTRUSTED
	case address:
		// An address is no server name: it is looked for among the certificate's addresses.
		validation.TrustedCa = file(bundle)
		validation.MatchTypedSubjectAltNames = []*tlsv3.SubjectAltNameMatcher{{
			SanType: tlsv3.SubjectAltNameMatcher_IP_ADDRESS,
			Matcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: net.ParseIP(c.Host).String()}},
		}}
	default:
		validation.TrustedCa = file(bundle)
		context.AutoSniSanValidation = true
	}
	context.CommonTlsContext.ValidationContextType = &tlsv3.CommonTlsContext_ValidationContext{ValidationContext: validation}
	return &corev3.TransportSocket{
		Name:       "envoy.transport_sockets.tls",
		ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: pack(context)},
	}
}
