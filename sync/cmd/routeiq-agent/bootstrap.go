package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// bootstrap is the verb that prints what an Envoy needs to find its agent.
func (p *process) bootstrap() *cobra.Command {
	var agents []string
	var admin, node string
	var tls envoyconfig.AgentTLS
	var whole bool
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Print the bootstrap of an Envoy that follows an agent",
		Long: `Print the bootstrap of an Envoy, 1.39 or later, that gets its whole configuration from an agent.

Each Envoy needs a node id of its own: the agent knows it by that. The files of --tls-ca, --tls-cert and --tls-key are
those where Envoy runs; without them Envoy speaks in clear, which an agent accepts from its own machine alone.
Several --xds are tried in their order.`,
		Example: `  routeiq-agent bootstrap --node-id edge-1 --xds agent.internal:18000 \
    --tls-ca /etc/envoy/ca.pem --tls-cert /etc/envoy/cert.pem --tls-key /etc/envoy/key.pem > bootstrap.yaml
  envoy -c bootstrap.yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a := envoyconfig.Ads{NodeID: node, StateOfTheWorld: whole}
			for _, text := range agents {
				at, err := envoyconfig.ParseEndpoint(text)
				if err != nil {
					return fmt.Errorf("--xds: %w", err)
				}
				a.Agents = append(a.Agents, at)
			}
			var err error
			if a.Admin, err = envoyconfig.ParseAddress(admin); err != nil {
				return fmt.Errorf("--admin: %w", err)
			}
			if tls != (envoyconfig.AgentTLS{}) {
				a.TLS = &tls
			}
			text, err := a.File()
			if err != nil {
				return err
			}
			_, err = p.out.Write(text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&agents, "xds", []string{"127.0.0.1:18000"}, "HOST:PORT of an agent's xDS; may be given several times")
	f.StringVar(&node, "node-id", "", "what the agent knows this Envoy by; each Envoy needs its own")
	f.StringVar(&admin, "admin", envoyconfig.DefaultAdmin, "address of Envoy's admin interface; it has no password: keep it private")
	f.StringVar(&tls.CA, "tls-ca", "", "path of the authorities (PEM) that the agent's certificate must come from, where Envoy runs")
	f.StringVar(&tls.Cert, "tls-cert", "", "path of Envoy's certificate (PEM), where Envoy runs")
	f.StringVar(&tls.Key, "tls-key", "", "path of its key (PEM), where Envoy runs")
	f.BoolVar(&whole, "state-of-the-world", false, "have all resources of a kind sent at every change of one")
	return cmd
}
