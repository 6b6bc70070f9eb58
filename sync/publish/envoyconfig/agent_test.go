package envoyconfig

import (
	"strings"
	"testing"

	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"

	"github.com/routeiq/routeiq/abi"
)

// TestAgentCluster: what the module reports to is verified, shows its certificate, and gets the token from a secret.
func TestAgentCluster(t *testing.T) {
	a := Agent{Host: "agent.test", Port: 4002, TLS: &AgentTLS{CA: "ca.pem", Cert: "cert.pem", Key: "key.pem"}, Token: abi.Secret{Value: "planted-token"}}
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	c := AgentCluster(a)
	if err := c.ValidateAll(); err != nil {
		t.Error(err)
	}
	var context tlsv3.UpstreamTlsContext
	if err := c.TransportSocket.GetTypedConfig().UnmarshalTo(&context); err != nil {
		t.Fatal(err)
	}
	certs := context.CommonTlsContext.TlsCertificates
	if context.Sni != "agent.test" || !context.AutoSniSanValidation || len(certs) != 1 || certs[0].PrivateKey.GetFilename() != "key.pem" ||
		context.CommonTlsContext.GetValidationContext().TrustedCa.GetFilename() != "ca.pem" {
		t.Errorf("got %v", &context)
	}
	var options httpv3.HttpProtocolOptions
	if err := c.TypedExtensionProtocolOptions[httpProtocolOptions].UnmarshalTo(&options); err != nil {
		t.Fatal(err)
	}
	if len(options.HttpFilters) != 2 || options.UpstreamProtocolOptions == nil || strings.Contains(c.String()+options.String(), "planted") {
		t.Errorf("got %v", &options)
	}
	plain := AgentCluster(Agent{Host: "127.0.0.1", Port: 4002})
	if plain.TransportSocket != nil || plain.Name != abi.AgentCluster {
		t.Errorf("got %v", plain)
	}
	for _, a := range []Agent{{}, {Host: "a"}, {Host: "a", Port: 1, TLS: &AgentTLS{}}, {Host: "a", Port: 1, TLS: &AgentTLS{CA: "ca", Cert: "c"}}} {
		if a.Check() == nil {
			t.Errorf("%+v is let pass", a)
		}
	}
}
