package xds

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
)

// names returns the names that the first deployment's cluster and credential travel by.
func names(t *testing.T, p *publish.Publication) (cluster, credential string) {
	t.Helper()
	q, err := identified(p)
	if err != nil {
		t.Fatal(err)
	}
	d := q.Config.Groups[0].Deployments[0]
	if d.Cluster != q.Clusters[0].Name || d.Credential != q.Credentials[0].Name {
		t.Fatalf("the deployment names %q and %q, there are %q and %q", d.Cluster, d.Credential, q.Clusters[0].Name, q.Credentials[0].Name)
	}
	return d.Cluster, d.Credential
}

// TestJudgesTravelByTheirPlaces: the document calls a judge by the name its cluster travels by, with the key that is meant for it.
func TestJudgesTravelByTheirPlaces(t *testing.T) {
	p := publication("r1", "a")
	name := abi.JudgeCluster("a")
	p.Config.Judges = []abi.Judge{{ID: "a", Cluster: name, Path: "/p", Model: "m"}}
	p.Clusters = append(p.Clusters, abi.Cluster{Name: name, Scheme: "http", Host: "h", Port: 1, Own: true, Credential: name})
	p.Credentials = append(p.Credentials, abi.Credential{Name: name, Parts: p.Credentials[0].Parts})
	q, err := identified(p)
	if err != nil {
		t.Fatal(err)
	}
	cluster, credential := q.Clusters[len(q.Clusters)-1], q.Credentials[len(q.Credentials)-1].Name
	if q.Config.Judges[0].Cluster != cluster.Name || cluster.Credential != credential || !strings.HasPrefix(cluster.Name, name+"@") {
		t.Errorf("the judge names %q, there are %+v and %q", q.Config.Judges[0].Cluster, cluster, credential)
	}
	if p.Config.Judges[0].Cluster != name {
		t.Error("the publication itself was changed")
	}
}

// TestIdentity: a name stands for one place; a key that is replaced keeps its name, one whose deployment moves does not.
func TestIdentity(t *testing.T) {
	was := publication("r1", "a")
	cluster, credential := names(t, was)
	if !strings.HasPrefix(cluster, "routeiq_a@") || !strings.HasPrefix(credential, "a@") {
		t.Errorf("got %q, %q", cluster, credential)
	}
	for _, c := range []struct {
		name                      string
		change                    func(*publish.Publication)
		newCluster, newCredential bool
	}{
		{"nothing", func(*publish.Publication) {}, false, false},
		{"revision", func(p *publish.Publication) { p.Revision = "r2" }, false, false},
		{"key", func(p *publish.Publication) { p.Credentials[0].Parts[0].Secret.Value = "sk-new" }, false, false},
		{"header", func(p *publish.Publication) { p.Credentials[0].Parts[0].Header = "x-api-key" }, false, true},
		{"host", func(p *publish.Publication) { p.Clusters[0].Host = "other.test" }, true, true},
		{"verification", func(p *publish.Publication) { p.Clusters[0].InsecureTLS = true }, true, true},
	} {
		p := publication("r1", "a")
		c.change(p)
		gotCluster, gotCredential := names(t, p)
		if (gotCluster != cluster) != c.newCluster || (gotCredential != credential) != c.newCredential {
			t.Errorf("%s: got %q and %q, was %q and %q", c.name, gotCluster, gotCredential, cluster, credential)
		}
	}
	if d := was.Config.Groups[0].Deployments[0]; d.Cluster != "routeiq_a" || was.Clusters[0].Name != "routeiq_a" {
		t.Error("the publication itself was changed")
	}
	twice := publication("r1", "a")
	twice.Clusters = append(twice.Clusters, abi.Cluster{Name: "routeiq_a"})
	if _, err := identified(twice); err == nil {
		t.Error("a name given twice is let pass")
	}
}
