package litellm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// clusterPrefix begins the names of our clusters in a proxy.
const clusterPrefix = "routeiq_"

// identify gives every deployment its id: model_info.id, or one made of what makes it another place (model_name, model,
// api_base, region), and an ordinal among equals. Key, limits, weight and position do not count, so that a changed key is
// a change of that deployment, and another order of the list is none.
func (c *compiler) identify(entries []*entry) {
	places := map[string]*node{}
	equals := map[string]int{}
	for _, e := range entries {
		n := e.info.get("id")
		if id, ok := c.text(n); ok {
			if !isID(id) {
				c.refuseAt(n, n.shown()+", expected 1 to 128 of the characters A-Z a-z 0-9 . _ : -")
			}
			e.d.ID = id
		}
		if e.d.ID == "" {
			n = e.at
			e.d.ID = generatedID(e.identity, equals)
		}
		if first := places[e.d.ID]; first != nil {
			where := "line " + strconv.Itoa(first.line)
			if first.file != n.file {
				where = first.file + ":" + strconv.Itoa(first.line)
			}
			c.refuseAt(n, "the id "+quote(e.d.ID)+" is also that of "+where+": every deployment needs its own")
		} else {
			places[e.d.ID] = n
		}
		if e.d.Mock == nil && e.base != nil {
			e.d.Cluster = clusterPrefix + e.d.ID
		}
		if len(e.parts) > 0 {
			e.d.Credential = e.d.ID
		}
		if len(e.unset) > 0 && e.d.Unconfigured == "" {
			e.d.Unconfigured = notSet(e.unset)
		}
	}
}

func generatedID(identity []string, equals map[string]int) string {
	var b strings.Builder
	for _, part := range identity {
		b.WriteString(strconv.Itoa(len(part)) + ":" + part + "\n") // with its length: no text can look like two
	}
	key := b.String()
	equals[key]++
	sum := sha256.Sum256([]byte(key + strconv.Itoa(equals[key])))
	return hex.EncodeToString(sum[:8])
}

func isID(id string) bool {
	return id != "" && len(id) <= 128 && strings.IndexFunc(id, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._:-", c))
	}) < 0 && id != strings.TrimPrefix(abi.MockCluster, clusterPrefix) && id != strings.TrimPrefix(abi.EncoderCluster, clusterPrefix) && id != strings.TrimPrefix(abi.AgentCluster, clusterPrefix)
}
