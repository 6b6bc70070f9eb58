package dialect

import (
	"strings"
	"testing"
)

func TestResponseIDs(t *testing.T) {
	for _, deployment := range []string{"a", "gpt-4o/azure eu", "ü", strings.Repeat("long", 100), ""} {
		for _, id := range []string{"resp_67ccfcdd16748190a91872c75d38539e", "x", "a/b?c", WrapResponseID("inner", "other")} {
			wrapped := WrapResponseID(id, deployment)
			if !strings.HasPrefix(wrapped, "resp_") || escapePath(wrapped) != wrapped {
				t.Errorf("%q is not safe in a URL", wrapped)
			}
			gotID, gotDeployment, ok := UnwrapResponseID(wrapped)
			if !ok || gotID != id || gotDeployment != deployment {
				t.Errorf("%q, %q came back as %q, %q, %v", id, deployment, gotID, gotDeployment, ok)
			}
			for i := range len(wrapped) { // damage is found, wherever it is
				for _, c := range []byte{'A', '_', wrapped[i] ^ 1, wrapped[i] ^ 0x20} {
					damaged := wrapped[:i] + string(rune(c)) + wrapped[i+1:]
					if _, _, ok := UnwrapResponseID(damaged); ok && damaged != wrapped {
						t.Errorf("%q was taken for ours", damaged)
					}
				}
			}
		}
	}
	for _, id := range []string{
		"", "resp_", "resp_rq", "resp_rqAAAA", "resp_67ccfcdd16748190a91872c75d38539e", "resp_rq67ccfcdd16748190a91872c7", "msg_1",
		WrapResponseID("", "d"), WrapResponseID(".", "d"), WrapResponseID("..", "d"),
		WrapResponseID("x", "d") + "\n", WrapResponseID("x", "d") + "=",
	} {
		if _, _, ok := UnwrapResponseID(id); ok {
			t.Errorf("%q was taken for ours", id)
		}
	}
}

func FuzzUnwrapResponseID(f *testing.F) {
	f.Add("resp_rq")
	f.Add(WrapResponseID("resp_1", "deployment"))
	f.Fuzz(func(t *testing.T, id string) {
		if upstream, deployment, ok := UnwrapResponseID(id); ok && WrapResponseID(upstream, deployment) != id {
			t.Errorf("%q has a second spelling", id)
		}
	})
}
