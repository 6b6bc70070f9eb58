package abi

// Report is what a module tells the agent, from each of its workers: that it runs a revision, and what became of requests
// since its last report that arrived. It is the acknowledgement that counts. It travels as JSON, POST PathReport.
type Report struct {
	Node      string `json:"node"`       // the proxy's node.id
	Worker    int    `json:"worker"`     // worker.ID.Number: a proxy has several
	Revision  string `json:"revision"`   // of the document the worker runs
	Document  string `json:"document"`   // hex SHA-256 of the document's bytes as the worker got them
	StartedMS int64  `json:"started_ms"` // when it began to run that revision, Unix time
	NowMS     int64  `json:"now_ms"`

	Requests []RequestCount `json:"requests,omitempty"`
	Attempts []AttemptCount `json:"attempts,omitempty"`
}

// RequestCount counts the requests that a revision decided and that ended.
type RequestCount struct {
	Revision string `json:"revision"`
	Answered int    `json:"answered"` // below 500, or the client left
	Failed   int    `json:"failed"`   // 500 and above
}

// AttemptCount counts the attempts that a revision made at a deployment and that ended, and the requests that it failed without one.
type AttemptCount struct {
	Revision   string `json:"revision"`
	Deployment string `json:"deployment"`
	Made       int    `json:"made"`
	Failed     int    `json:"failed"` // what its breaker counts as a failure
	// Paused is requests that failed without an attempt because breakers were open: each counts once, for the first deployment
	// that was left out for that.
	Paused int `json:"paused,omitempty"`
}

// Where reports go: a path of the agent, at a cluster that is the proxy's own.
const (
	PathReport    = "/v1/report"
	AgentCluster  = "routeiq_agent"
	AgentHostname = "routeiq-agent" // the :authority of reports
)
