package main

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestBootstrap(t *testing.T) {
	exit, out, errs := call(t, nil, "", "bootstrap", "--node-id", "edge-1", "--xds", "agent.test:18000", "--admin", "127.0.0.1:9902",
		"--tls-ca", "/etc/ca.pem", "--tls-cert", "/etc/cert.pem", "--tls-key", "/etc/key.pem")
	if exit != exitGood || errs != "" {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	var b struct {
		Node  struct{ ID string }
		Admin struct{ Address address }
	}
	if err := yaml.Unmarshal([]byte(out), &b); err != nil {
		t.Fatal(err)
	}
	if b.Node.ID != "edge-1" || b.Admin.Address.SocketAddress.Port != 9902 {
		t.Errorf("got %+v", b)
	}
	for _, s := range []string{`"agent.test"`, "18000", "/etc/ca.pem", "/etc/cert.pem", "/etc/key.pem", "DELTA_GRPC"} {
		if !strings.Contains(out, s) {
			t.Errorf("does not hold %s:\n%s", s, out)
		}
	}
}

func TestBootstrapUsage(t *testing.T) {
	for says, args := range map[string][]string{
		"node id":  {},
		"--xds":    {"--node-id", "a", "--xds", "nowhere"},
		"--admin":  {"--node-id", "a", "--admin", "nowhere"},
		"no CA":    {"--node-id", "a", "--tls-cert", "c", "--tls-key", "k"},
		"both":     {"--node-id", "a", "--tls-ca", "a", "--tls-key", "k"},
		"unknown ": {"more"},
	} {
		exit, out, errs := call(t, nil, "", append([]string{"bootstrap"}, args...)...)
		if exit != exitUsage || out != "" || !strings.Contains(errs, says) {
			t.Errorf("%q: exit %d, out %q, err %q", args, exit, out, errs)
		}
	}
}
