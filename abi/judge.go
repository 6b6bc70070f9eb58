package abi

import "strconv"

// Judge is a language model that strategies ask about a request before it is decided. It is a deployment of the document, reached by
// a cluster of the module's own calls.
type Judge struct {
	ID        string   `json:"id"`        // of the deployment
	Cluster   string   `json:"cluster"`   // the proxy's name for its server, as the module calls it
	Authority string   `json:"authority"` // the :authority sent
	Path      string   `json:"path"`      // of chat completions
	Model     string   `json:"model"`
	Headers   []Header `json:"headers,omitempty"`
	Price     *Price   `json:"price,omitempty"` // nil: nobody says what it costs
}

// JudgeCluster is the cluster of a judge, and the credential that the proxy puts on what goes there. No deployment's cluster is
// called so, for an id has no slash.
func JudgeCluster(id string) string { return judgeClusters + id }

const judgeClusters = "routeiq_ask/"

// The bounds of what one request asks.
const (
	MaxJudgeMS    = 60_000
	MaxJudgeCalls = 20
)

// Inquiry is what was asked about a request. It holds no text of a prompt or an answer.
type Inquiry struct {
	Judge     string // the deployment; empty: nobody was asked
	Calls     int
	MS        int64   // all calls together
	USD       float64 // what they cost; 0: nobody says what the judge costs
	Concluded string  // the label that came of it
}

// Verdict is what a strategy made of an inquiry.
type Verdict struct {
	Inquiry
	Group    string    // whose strategy asked
	Scores   []float64 // by label; nil: none can be told
	Abstains Abstains  // why the answers are not followed; empty: they are
}

func (v *validation) judges(c *Config) {
	ids := map[string]bool{}
	for i := range c.Judges {
		j, path := &c.Judges[i], index("judges", i)
		if ids[j.ID] {
			v.add(path+".id", "stands twice: "+strconv.Quote(j.ID))
		}
		ids[j.ID] = true
		for _, m := range []struct{ name, value string }{{"id", j.ID}, {"cluster", j.Cluster}, {"path", j.Path}, {"model", j.Model}} {
			if m.value == "" {
				v.add(path+"."+m.name, "is empty")
			}
		}
	}
}
