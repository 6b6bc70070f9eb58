package envoyconfig

import (
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestParseAddress(t *testing.T) {
	for text, expected := range map[string]string{
		"0.0.0.0:10000": "0.0.0.0:10000", ":80": "0.0.0.0:80", "127.0.0.1:0": "127.0.0.1:0", "[::1]:9": "[::1]:9",
		"localhost:80": "", "127.0.0.1": "", "127.0.0.1:http": "", "127.0.0.1:70000": "", "": "", "1.2.3.4:-1": "",
	} {
		a, err := ParseAddress(text)
		switch {
		case expected == "" && (err == nil || !strings.Contains(err.Error(), text)):
			t.Errorf("%q: got %v, %v, expected an error that names it", text, a, err)
		case expected != "" && (err != nil || a.String() != expected):
			t.Errorf("%q: got %v, %v, expected %s", text, a, err, expected)
		}
	}
}

// TestCheckTellsAll: every mistake is reported, in one error, and no secret with it.
func TestCheckTellsAll(t *testing.T) {
	in := sample()
	in.Config.Role = abi.RoleAdapter
	in.Module = ""
	in.Listen.Host = "localhost"
	in.CABundle = ""
	in.Clusters = append(in.Clusters, in.Clusters[2], abi.Cluster{Scheme: "ftp", Port: 70000}, abi.Cluster{Name: abi.MockCluster, Scheme: "http", Host: "h", Port: 1})
	in.Credentials = append(in.Credentials, in.Credentials[1], abi.Credential{Name: "empty"},
		abi.Credential{Name: "bad", Parts: []abi.CredentialPart{{Header: "h"}, {Header: "h", Secret: abi.Secret{Value: "sk-\xff"}}}})
	in.Config.Groups[0].Deployments[0].Cluster = "routeiq_gone"
	in.Config.Groups[0].Deployments[1].Credential = "gone"
	err := in.Check()
	if err == nil {
		t.Fatal("it was let pass")
	}
	for _, expected := range []string{
		`config.role: is "adapter"`, "module: is empty", `listen: is "localhost:10000"`,
		"clusters[0]: is verified, and there is no bundle", `clusters[5]: is named "routeiq_plain" like one before it`,
		"clusters[6]: has no name or no host", `clusters[6]: has the scheme "ftp"`, "clusters[6]: has the port 70000",
		`clusters[7]: is named "routeiq_mock"`,
		`credentials[4]: is named "address" like one before it`, "credentials[5]: has no name or no part",
		"credentials[6].parts[0]: has no header or no secret", "credentials[6].parts[1]: holds a text that is not UTF-8",
		`deployment "name": names the cluster "routeiq_gone"`, `deployment "address": names the credential "gone"`,
	} {
		if !strings.Contains(err.Error(), expected) {
			t.Errorf("it does not say %q", expected)
		}
	}
	if strings.Contains(err.Error(), "sk-") {
		t.Error("it shows a secret")
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 17 {
		t.Errorf("it has %d lines, expected 17:\n%v", n, err)
	}
}

// TestUnusableIsNotRendered: a deployment that can never be chosen leaves no cluster and no secret.
func TestUnusableIsNotRendered(t *testing.T) {
	in := checked(t)
	if names := in.clusterNames(); !slices.Equal(names, []string{"routeiq_address", "routeiq_insecure", abi.MockCluster, "routeiq_name", "routeiq_plain"}) {
		t.Errorf("clusters: %q", names)
	}
	for _, s := range Secrets(in) {
		if s.Name == "unset" {
			t.Error("it has the secret of an unusable deployment")
		}
	}
	in.Config.Groups[0].Deployments = in.Config.Groups[0].Deployments[5:]
	if names := in.clusterNames(); !slices.Equal(names, []string{abi.MockCluster}) {
		t.Errorf("with nothing usable: %q, expected the mock's alone", names)
	}
}

// TestJudgesAreRendered: the cluster that the module asks a judge by is there with its key, although no deployment names it.
func TestJudgesAreRendered(t *testing.T) {
	in := sample()
	name := abi.JudgeCluster("plain")
	in.Config.Judges = []abi.Judge{{ID: "plain", Cluster: name, Path: "/p", Model: "m"}}
	if err := in.Check(); err == nil || !strings.Contains(err.Error(), `judge "plain": names the cluster "routeiq_ask/plain", which is not given`) {
		t.Errorf("without its cluster: %v", err)
	}
	in.Clusters = append(in.Clusters, abi.Cluster{Name: name, Scheme: "http", Host: "localhost", Port: 8000, Own: true, Credential: name})
	in.Credentials = append(in.Credentials, abi.Credential{Name: name, Parts: in.Credentials[0].Parts})
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	clusters, credentials := in.Used()
	if !slices.ContainsFunc(clusters, func(c abi.Cluster) bool { return c.Name == name }) ||
		!slices.ContainsFunc(credentials, func(c abi.Credential) bool { return c.Name == name }) {
		t.Errorf("used are %+v and %+v", clusters, credentials)
	}
}
