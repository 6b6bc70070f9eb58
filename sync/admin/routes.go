package admin

import "net/http"

// Endpoint is one row of the table.
type Endpoint struct {
	Method, Path string
	Access       Access
	handle       func(s *Server, w http.ResponseWriter, r *request)
	Summary      string // for docs/endpoints.md
}

// Endpoints is the table: what the agent answers, and to whom. docs/endpoints.md has the same rows.
var Endpoints = []Endpoint{
	{"GET", "/_health/live", Public, (*Server).live, "The process runs."},
	{"GET", "/_health/ready", Public, (*Server).ready, "200 while a configuration with enough models is served, else 503."},
	{"GET", "/_health/models", Public, (*Server).models, "How the attempts at each deployment ended lately, over all proxies."},
	{"GET", "/metrics", Public, (*Server).metrics, "Metrics in Prometheus' format."},
	{"GET", "/config/status", Public, (*Server).status, "What is active since when, what each proxy runs, and what is wrong."},
	{"GET", "/module/{sha256}", Public, (*Server).module, "The module's code, for Envoys of an agent with --serve-module."},
	{"GET", "/config/sync/status", User, (*Server).sync, "How the source is followed, and which agent leads."},
	{"GET", "/router/info", User, (*Server).router, "The groups of the active configuration and their strategies."},
	{"GET", "/config/diff", Admin, (*Server).diff, "What the last change changed, or what one that waits would."},
	{"GET", "/config/audit", Admin, (*Server).audit, "The newest actions of administrators; ?limit=N, 100 unless told, at most 1000."},
	{"POST", "/config/reload", Admin, (*Server).reload, "Fetch now, and put to use what changed: 202 with a reload_id."},
	{"GET", "/config/reload/{id}", Admin, (*Server).reloadOf, "What became of a reload."},
	{"POST", "/config/rollback", Admin, (*Server).rollback, "Put the last good revision back, and hold the active one until its content changes."},
	{"GET", "/strategies/{group}", Admin, (*Server).strategy, "What serves a group, what is staged, and what was tried, with reports."},
	{"POST", stagePath, Admin, (*Server).stage, "Try a trained model on recorded requests: staged, or 422 with the report."},
	{"POST", "/strategies/{group}/promote", Admin, (*Server).promote, "Put what is staged to use: 202 with a reload_id; ?id=N, the last that was tried unless told."},
	{"POST", "/strategies/{group}/rollback", Admin, (*Server).unpromote, "Take what was promoted out, and put what served before it back: 202 with a reload_id."},
}

// stagePath takes requests that are larger than those of the others.
const stagePath = "/strategies/{group}/stage"
