package litellm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/routeiq/routeiq/abi"
)

// revision is the identity of what was compiled: the first 12 hex digits of a SHA-256 over the document without its
// Revision, the clusters, and the credentials without their values (a Secret encodes as the name of its variable, or as
// redacted).
func (c *Compiled) revision() string {
	document := c.Config
	document.Revision = ""
	document.Artifacts = slices.Clone(document.Artifacts)
	for i := range document.Artifacts {
		document.Artifacts[i].Numbers = "" // the digest tells them
	}
	text, err := json.Marshal(struct {
		Config      abi.Config
		Clusters    []abi.Cluster
		Credentials []abi.Credential
	}{document, c.Clusters, c.Credentials})
	if err != nil {
		panic("a compiled configuration cannot be encoded: " + err.Error()) // no type in it can fail, and no float is infinite
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:12]
}
