package envoyconfig

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/routeiq/routeiq/abi"
)

// Agent says how Envoy reaches the agent that modules report to.
type Agent struct {
	Host string // name or address, without brackets
	Port int
	TLS  *AgentTLS // nil: in clear
	// Token, where it is not empty, is put on each report as a bearer token by Envoy: the module never sees it.
	Token abi.Secret
}

// AgentTLS names files where Envoy runs.
type AgentTLS struct {
	CA        string // authorities that the agent's certificate must come from
	Cert, Key string // what Envoy shows; empty: nothing
}

// AgentToken names the secret with the agent's token.
const AgentToken = abi.AgentCluster + "_token"

// agentWithin is how long a connection to the agent may take.
const agentWithin = 2 * time.Second

// HasToken tells whether reports carry a token.
func (a Agent) HasToken() bool { return a.Token.Env != "" || a.Token.Value != "" }

// Check tells what is wrong with it.
func (a Agent) Check() error {
	var errs []error
	if a.Host == "" || a.Port < 1 || a.Port > 65535 {
		errs = append(errs, fmt.Errorf("agent: is at %q, expected the HOST:PORT that proxies reach it at", net.JoinHostPort(a.Host, strconv.Itoa(a.Port))))
	}
	if t := a.TLS; t != nil {
		if t.CA == "" {
			errs = append(errs, errors.New("agent.tls: has no CA, expected the path of the authorities where Envoy runs"))
		}
		if (t.Cert == "") != (t.Key == "") {
			errs = append(errs, errors.New("agent.tls: has a certificate or a key, expected both or neither"))
		}
	}
	return errors.Join(errs...)
}

// AgentCluster is the cluster that modules report to. The token is put on by a filter of the cluster itself: a module's
// own calls pass no other.
func AgentCluster(a Agent) *clusterv3.Cluster {
	c := abi.Cluster{Name: abi.AgentCluster, Scheme: "http", Host: a.Host, Port: a.Port, ConnectTimeoutMS: int(agentWithin.Milliseconds())}
	var bundle string
	if a.TLS != nil {
		c.Scheme, bundle = "https", a.TLS.CA
	}
	pb := Cluster(c, bundle)
	if t := a.TLS; t != nil && t.Cert != "" {
		var context tlsv3.UpstreamTlsContext
		must(pb.TransportSocket.GetTypedConfig().UnmarshalTo(&context))
		context.CommonTlsContext.TlsCertificates = []*tlsv3.TlsCertificate{{CertificateChain: file(t.Cert), PrivateKey: file(t.Key)}}
		pb.TransportSocket.ConfigType = &corev3.TransportSocket_TypedConfig{TypedConfig: pack(&context)}
	}
	if a.HasToken() {
		token := abi.CredentialPart{Header: "authorization", Prefix: "Bearer ", Secret: a.Token}
		filtered(pb, filter("token", injector(AgentToken, token, fromAgent())))
	}
	return pb
}

// filtered gives a cluster filters of its own.
func filtered(pb *clusterv3.Cluster, filters ...*hcmv3.HttpFilter) {
	var options httpv3.HttpProtocolOptions
	must(pb.TypedExtensionProtocolOptions[httpProtocolOptions].UnmarshalTo(&options))
	options.HttpFilters = append(filters, codec())
	pb.TypedExtensionProtocolOptions = map[string]*anypb.Any{httpProtocolOptions: pack(&options)}
}

// must is for what this package packed itself a moment ago.
func must(err error) {
	if err != nil {
		panic("envoyconfig: " + err.Error())
	}
}
