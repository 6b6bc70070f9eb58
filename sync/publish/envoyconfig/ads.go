package envoyconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/template"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"sigs.k8s.io/yaml"
)

// Ads is the bootstrap of an Envoy that gets all else from an agent.
type Ads struct {
	Agents []Address // of the agents' xDS; a Host may be a name. The first that answers serves.
	NodeID string    // what the agent knows this Envoy by: each needs its own
	Admin  Address   // Envoy's admin listener
	TLS    *AgentTLS // nil: in clear, for an agent on the same machine
	// StateOfTheWorld asks for all resources of a kind at every change of one; without it Envoy asks for what changed.
	StateOfTheWorld bool
}

// ParseEndpoint reads HOST:PORT of another machine: a name or an address.
func ParseEndpoint(text string) (Address, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" {
		return Address{}, fmt.Errorf("%q is no address: expected HOST:PORT, such as routeiq-agent.example:18000", text)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Address{}, fmt.Errorf("%q has the port %q: expected 1 to 65535", text, port)
	}
	return Address{Host: host, Port: int(n)}, nil
}

// adsText is short enough to be read and copied by hand. The HTTP/2 pings find an agent that is gone without a word; the
// connection is tried again after half a second to five seconds.
var adsText = template.Must(template.New("bootstrap").Funcs(template.FuncMap{"q": quoted}).Parse(
	`node: {id: {{q .NodeID}}, cluster: routeiq}
admin: {address: {socket_address: {address: {{q .Admin.Host}}, port_value: {{.Admin.Port}}}}}
dynamic_resources:
  ads_config:
    api_type: {{if .StateOfTheWorld}}GRPC{{else}}DELTA_GRPC{{end}}
    transport_api_version: V3
    grpc_services: [{envoy_grpc: {cluster_name: routeiq_xds, retry_policy: {retry_back_off: {base_interval: 0.5s, max_interval: 5s}}}}]
  cds_config: {resource_api_version: V3, initial_fetch_timeout: 0s, ads: {}}
  lds_config: {resource_api_version: V3, initial_fetch_timeout: 0s, ads: {}}
static_resources:
  clusters:
  - name: routeiq_xds
    type: STRICT_DNS
    dns_lookup_family: V4_PREFERRED
    connect_timeout: 2s
    load_assignment:
      cluster_name: routeiq_xds
      endpoints:
{{- range $i, $a := .Agents}}
      - {priority: {{$i}}, lb_endpoints: [{endpoint: {address: {socket_address: {address: {{q $a.Host}}, port_value: {{$a.Port}}}}}}]}
{{- end}}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {connection_keepalive: {interval: 30s, timeout: 10s}}}
{{- with .TLS}}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
        {{- if $.ServerName}}
        sni: {{q $.ServerName}}
        auto_sni_san_validation: true
        {{- end}}
        common_tls_context:
          alpn_protocols: [h2]
          {{- if .Cert}}
          tls_certificates: [{certificate_chain: {filename: {{q .Cert}}}, private_key: {filename: {{q .Key}}}}]
          {{- end}}
          validation_context:
            trusted_ca: {filename: {{q .CA}}}
            {{- if not $.ServerName}}
            match_typed_subject_alt_names:
            {{- range $.Agents}}
            - {san_type: IP_ADDRESS, matcher: {exact: {{q .Host}}}}
            {{- end}}
            {{- end}}
{{- end}}
stats_config:
  stats_tags:
{{- range .Tags}}
  - {tag_name: {{q .TagName}}, regex: {{q .GetRegex}}}
{{- end}}
overload_manager:
  resource_monitors:
  - name: envoy.resource_monitors.global_downstream_max_connections
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
      max_active_downstream_connections: {{.Connections}}
`))

// quoted writes a text as YAML reads it: a JSON string is one.
func quoted(s string) (string, error) {
	text := &bytes.Buffer{}
	e := json.NewEncoder(text)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return strings.TrimSpace(text.String()), err
}

// Check tells what is wrong with it.
func (a *Ads) Check() error {
	var errs []error
	if len(a.Agents) == 0 {
		errs = append(errs, errors.New("agents: is empty, expected the HOST:PORT of an agent's xDS"))
	}
	names := map[string]bool{}
	for _, at := range a.Agents {
		if net.ParseIP(at.Host) == nil {
			names[at.Host] = true
		} else {
			names[""] = true
		}
	}
	if a.TLS != nil && len(names) > 1 {
		errs = append(errs, errors.New("agents: have different names, expected one name, or addresses alone: Envoy compares the name with the certificate"))
	}
	if a.NodeID == "" {
		errs = append(errs, errors.New("node id: is empty, expected a name that no other Envoy has"))
	}
	if net.ParseIP(a.Admin.Host) == nil {
		errs = append(errs, fmt.Errorf("admin: is %q, expected IP:PORT", a.Admin.String()))
	}
	if a.TLS != nil {
		if a.TLS.CA == "" {
			errs = append(errs, errors.New("tls: has no CA, expected the path of the authorities where Envoy runs"))
		}
		if (a.TLS.Cert == "") != (a.TLS.Key == "") {
			errs = append(errs, errors.New("tls: has a certificate or a key, expected both or neither"))
		}
	}
	return errors.Join(errs...)
}

// File returns the bootstrap as YAML.
func (a *Ads) File() ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	type view struct {
		*Ads
		ServerName  string
		Tags        any
		Connections int
	}
	v := view{Ads: a, Tags: Stats().StatsTags, Connections: maxConnections}
	if net.ParseIP(a.Agents[0].Host) == nil {
		v.ServerName = a.Agents[0].Host
	}
	var text bytes.Buffer
	if err := adsText.Execute(&text, v); err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	// Read as Envoy reads it, so that nothing that was put in made something else of it.
	asJSON, err := yaml.YAMLToJSONStrict(text.Bytes())
	if err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	var b bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(asJSON, &b); err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	if err := b.ValidateAll(); err != nil {
		return nil, fmt.Errorf("envoyconfig: %w", err)
	}
	return text.Bytes(), nil
}
