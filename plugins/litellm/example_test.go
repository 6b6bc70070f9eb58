package litellm

import (
	"os"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// TestQuickstart holds what examples/quickstart promises: it runs with nothing set, and without a word of warning.
func TestQuickstart(t *testing.T) {
	c, err := Compile(Source{
		Path: "../../examples/quickstart/config.yaml", Read: os.ReadFile,
		Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	reads(t, c)
	if len(c.Warnings) > 0 || len(c.StrictProblems()) > 0 {
		t.Errorf("warnings %v, strict problems %v", Problems(c.Warnings), c.StrictProblems())
	}
	if len(c.Clusters) > 0 || len(c.Credentials) > 0 || len(c.Config.ClientKeys) > 0 {
		t.Error("the quick start needs a network or a key")
	}
	for _, g := range c.Config.Groups {
		for _, d := range g.Deployments {
			if d.Mock == nil || d.Cluster != abi.MockCluster {
				t.Errorf("%s is no mock", d.ID)
			}
		}
	}
	if chat := group(t, c, "chat"); len(chat.Deployments) != 2 || chat.Deployments[0].Share != 3 || chat.Deployments[1].Share != 1 || len(chat.Fallbacks) != 1 {
		t.Errorf("chat became %+v", chat)
	}
}
