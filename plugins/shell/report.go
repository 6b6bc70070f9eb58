package shell

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/report"
)

// reportDeadlineMS is how long the agent may take to a report.
const reportDeadlineMS = 5_000

// reporter tells the agent what a VM runs. A VM has one, which its newest document steers: an older one is about to end. But a
// document that one VM has taken may be refused by another, and then the one before it stays.
type reporter struct {
	tally   report.Tally
	plugins []*plugin // that run, the newest last
	node    string
	dueMS   int64
	out     bool   // a report is on its way
	number  int    // of the report that was sent last
	body    []byte // scratch
}

// begin makes a plugin the one that reports.
func (r *reporter) begin(p *plugin, document []byte) {
	sum := sha256.Sum256(document)
	p.document, p.startedMS = hex.EncodeToString(sum[:]), nowMS()
	r.plugins, r.dueMS = append(r.plugins, p), 0
	r.giveUp()
	for _, path := range [][]string{{"xds", "node", "id"}, {"node", "id"}} { // Envoy knows the first, our host the second
		if id, err := proxywasm.GetProperty(path); err == nil && len(id) > 0 {
			r.node = string(id)
			break
		}
	}
}

// end takes a plugin out that ends. The one before it reports again.
func (r *reporter) end(p *plugin) {
	before := len(r.plugins)
	r.plugins = slices.DeleteFunc(r.plugins, func(other *plugin) bool { return other == p })
	if len(r.plugins) < before {
		r.dueMS = 0
		r.giveUp()
	}
}

// giveUp forgets the report that is on its way: a proxy ends calls with the plugin that made them, and its answer may never come.
func (r *reporter) giveUp() {
	if r.out {
		r.out = false
		r.tally.Sent(false)
	}
}

// tick sends a report when it is time, and the last one has ended.
func (r *reporter) tick(p *plugin, now int64) {
	if len(r.plugins) == 0 || r.plugins[len(r.plugins)-1] != p || p.config.ReportMS == 0 || r.out || now < r.dueMS {
		return
	}
	told := abi.Report{
		Node: r.node, Worker: int(p.memory.Worker.ID(now).Number), Revision: p.config.Revision, Document: p.document,
		StartedMS: p.startedMS, NowMS: now,
	}
	r.tally.Send(&told)
	r.body = report.Append(r.body[:0], &told)
	headers := [][2]string{
		{":method", "POST"}, {":path", abi.PathReport}, {":authority", abi.AgentHostname}, {"content-type", jsonType},
	}
	r.dueMS = now + int64(p.config.ReportMS)
	r.number++
	number := r.number
	_, err := proxywasm.DispatchHttpCall(abi.AgentCluster, headers, r.body, nil, reportDeadlineMS, func(headers, _, _ int) {
		if !r.out || number != r.number {
			return // it was given up
		}
		r.out = false
		r.tally.Sent(headers > 0 && taken())
	})
	if r.out = err == nil; err != nil {
		r.tally.Sent(false)
		proxywasm.LogWarn("routeiq: the report to the agent could not be sent: " + err.Error())
	}
}

// taken tells whether the agent took the report whose answer has come.
func taken() bool {
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		return false
	}
	for _, h := range headers {
		if h[0] == ":status" {
			if len(h[1]) == 3 && h[1][0] == '2' {
				return true
			}
			proxywasm.LogWarn("routeiq: the agent refused a report with status " + h[1])
		}
	}
	return false
}

// count counts a request that ended, and its attempts, for the agent.
func (r *reporter) count(s *stream, outcomes []abi.Outcome, status int) {
	config := s.router.Config()
	if config.ReportMS == 0 {
		return
	}
	r.tally.Request(config.Revision, status)
	if s.run.Decision.Refusal != nil && status >= 500 {
		if id := s.run.Decision.Paused(); id != "" {
			r.tally.Paused(config.Revision, id)
		}
	}
	for i := range outcomes {
		if outcomes[i].Class == "" {
			continue
		}
		failed := s.router.AtFault(s.run.Decision.Attempts[i].Deployment, &outcomes[i])
		r.tally.Attempt(config.Revision, outcomes[i].Deployment, failed)
	}
}
