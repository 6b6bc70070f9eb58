package envoyconfig

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestAds(t *testing.T) {
	name, address := Address{"agent.test", 18000}, Address{"192.0.2.7", 18000}
	good := Ads{Agents: []Address{name}, NodeID: `a "quoted" {name}`, Admin: Address{"127.0.0.1", 9901}, TLS: &AgentTLS{CA: "ca.pem", Cert: "cert.pem", Key: "key.pem"}}
	for _, c := range []struct {
		name           string
		change         func(*Ads)
		holds, lacks   []string
		refusedBecause string
	}{
		{"mutual TLS", func(*Ads) {}, []string{"DELTA_GRPC", `sni: "agent.test"`, "key.pem", "auto_sni_san_validation"}, []string{"IP_ADDRESS"}, ""},
		{"an address", func(a *Ads) { a.Agents = []Address{address} }, []string{`exact: "192.0.2.7"`}, []string{"sni:"}, ""},
		{"in clear", func(a *Ads) { a.TLS = nil }, nil, []string{"transport_socket", "sni:"}, ""},
		{"two, state of the world", func(a *Ads) { a.Agents, a.StateOfTheWorld = []Address{name, {"agent.test", 18001}}, true }, []string{"api_type: GRPC", "priority: 1", "18001"}, []string{"DELTA"}, ""},
		{"no agent", func(a *Ads) { a.Agents = nil }, nil, nil, "agents"},
		{"no id", func(a *Ads) { a.NodeID = "" }, nil, nil, "node id"},
		{"no admin", func(a *Ads) { a.Admin.Host = "localhost" }, nil, nil, "admin"},
		{"two names", func(a *Ads) { a.Agents = []Address{name, address} }, nil, nil, "different names"},
		{"no CA", func(a *Ads) { a.TLS = &AgentTLS{} }, nil, nil, "no CA"},
		{"half a certificate", func(a *Ads) { a.TLS = &AgentTLS{CA: "ca.pem", Key: "key.pem"} }, nil, nil, "expected both"},
	} {
		a := good
		c.change(&a)
		text, err := a.File()
		if c.refusedBecause != "" {
			if err == nil || !strings.Contains(err.Error(), c.refusedBecause) {
				t.Errorf("%s: got %v, expected a refusal for %q", c.name, err, c.refusedBecause)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, s := range c.holds {
			if !strings.Contains(string(text), s) {
				t.Errorf("%s: does not hold %q:\n%s", c.name, s, text)
			}
		}
		for _, s := range c.lacks {
			if strings.Contains(string(text), s) {
				t.Errorf("%s: holds %q:\n%s", c.name, s, text)
			}
		}
		var read struct{ Node struct{ ID string } }
		if err := yaml.Unmarshal(text, &read); err != nil || read.Node.ID != a.NodeID {
			t.Errorf("%s: the node is %q, %v", c.name, read.Node.ID, err)
		}
	}
}
