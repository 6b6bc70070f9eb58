package envoyconfig

import (
	"fmt"
	"strings"
	"testing"

	httpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/proto"

	"github.com/routeiq/routeiq/abi"
)

// TestKeyClusters: every secret is named once, a cluster without any is not there, and one more key changes one cluster.
func TestKeyClusters(t *testing.T) {
	var credentials []abi.Credential
	for i := range 100 {
		credentials = append(credentials, abi.Credential{Name: fmt.Sprintf("c%03d", i), Parts: []abi.CredentialPart{
			{Header: "authorization", Secret: abi.Secret{Value: "planted"}}, {Header: "x-api-key", Secret: abi.Secret{Value: "planted"}},
		}})
	}
	if n := len(KeyClusters(credentials[:1])); n != 1 {
		t.Errorf("%d clusters for one credential", n)
	}
	was, is := KeyClusters(credentials[:99]), KeyClusters(credentials)
	named, changed := map[string]int{}, 0
	for i, c := range is {
		if err := c.ValidateAll(); err != nil {
			t.Error(err)
		}
		var o httpv3.HttpProtocolOptions
		if err := c.TypedExtensionProtocolOptions[httpProtocolOptions].UnmarshalTo(&o); err != nil {
			t.Fatal(err)
		}
		for _, f := range o.HttpFilters {
			named[f.Name]++
		}
		if len(was) == len(is) && !proto.Equal(was[i], c) {
			changed++
		}
		if strings.Contains(o.String(), "planted") {
			t.Error("a key stands in a cluster")
		}
	}
	for _, c := range credentials {
		if named[SecretName(c.Name, 0)] != 1 || named[SecretName(c.Name, 1)] != 1 {
			t.Errorf("the secrets of %s are named %d and %d times", c.Name, named[SecretName(c.Name, 0)], named[SecretName(c.Name, 1)])
		}
	}
	if len(is) != keyClusters || changed != 1 {
		t.Errorf("%d clusters, %d changed for one key", len(is), changed)
	}
}
