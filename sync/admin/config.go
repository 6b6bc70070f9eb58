package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/fleet"
)

// statusAnswer begins with the nine keys of the replaced system, all of them true here.
type statusAnswer struct {
	Source   *string    `json:"config_source"`
	Sync     bool       `json:"sync_enabled"`
	Interval int        `json:"sync_interval_seconds"`
	Attempt  *time.Time `json:"last_sync_attempt"`
	Success  *time.Time `json:"last_sync_success"`
	Error    *string    `json:"last_sync_error"`
	Hash     *string    `json:"config_version_hash"`
	Models   int        `json:"model_count"`
	Next     *time.Time `json:"next_sync_at"`

	Revision  *string        `json:"revision"`        // as answers and modules name it
	SourceID  *string        `json:"source_revision"` // of the text it was made of
	State     string         `json:"state"`           // none, active, watched or good
	Since     *time.Time     `json:"active_since"`
	Age       *int64         `json:"age_seconds"`
	HotReload bool           `json:"hot_reload"`
	Rollback  bool           `json:"rollback"`
	Leader    bool           `json:"leader"`
	LastError *agent.Failure `json:"last_error"`
	Held      *agent.Held    `json:"held"`    // what the source has and was bad
	Waiting   *string        `json:"waiting"` // what was checked and waits for a reload
	Nodes     []nodeAnswer   `json:"nodes"`
}

// nodeAnswer is a proxy.
type nodeAnswer struct {
	fleet.Node
	Acknowledged bool `json:"acknowledged"` // its module reports the active revision, in every worker
}

// when is a time that may be none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// word is a text that may be none.
func word(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (s *Server) status(w http.ResponseWriter, _ *request) {
	now, status := s.o.Now(), s.o.Agent.Status()
	out := statusAnswer{
		Source: word(status.Source), Sync: status.Sync, Interval: int(status.Interval / time.Second), Attempt: when(status.Attempt),
		Success: when(status.Success), Next: when(status.Next), State: "none", HotReload: status.HotReload, Rollback: status.Rollback,
		Leader: status.Leads, LastError: status.Failure, Held: status.Held, Waiting: word(status.Waiting), Nodes: []nodeAnswer{},
	}
	if f := status.Failure; f != nil {
		out.Error = word(string(f.Step) + ": " + f.Reason)
	}
	revision := ""
	if a := status.Active; a != nil {
		revision = a.Revision
		age := max(int64(now.Sub(a.At)/time.Second), 0)
		out.Hash, out.Models, out.Revision, out.SourceID = word("sha256:"+a.Hash), a.Models, &a.Revision, &a.ID
		out.State, out.Since, out.Age = a.State, when(a.At), &age
	}
	for _, n := range s.o.Fleet.Nodes(now) {
		out.Nodes = append(out.Nodes, nodeAnswer{n, revision != "" && n.Running.Revision == revision})
	}
	s.answer(w, http.StatusOK, out)
}

func (s *Server) reload(w http.ResponseWriter, r *request) {
	s.act(w, r, "config.reload", func() (string, *problem) {
		reload, err := s.o.Agent.Reload()
		switch {
		case errors.Is(err, agent.ErrFollower):
			return "", refuse(http.StatusConflict, "not_leader", "another agent leads and fetches: ask "+s.leader())
		case err != nil:
			return "", s.broken(r, err)
		}
		w.Header().Set("Location", "/config/reload/"+reload.ID)
		s.answer(w, http.StatusAccepted, reload)
		return "", nil
	})
}

// leader names the one who leads, where that is known.
func (s *Server) leader() string {
	if l := s.o.Lease(); l.Leader != "" && !l.Held {
		return l.Leader
	}
	return "that one"
}

func (s *Server) reloadOf(w http.ResponseWriter, r *request) {
	reload, ok := s.o.Agent.ReloadOf(r.PathValue("id"))
	if !ok {
		s.fail(w, refuse(http.StatusNotFound, "reload_not_found", "this agent knows no reload of that id; it remembers the last hundred since it was started"))
		return
	}
	s.answer(w, http.StatusOK, reload)
}

func (s *Server) rollback(w http.ResponseWriter, r *request) {
	s.act(w, r, "config.rollback", func() (string, *problem) {
		after, err := s.o.Agent.Rollback(r.Context(), string(r.actor))
		switch {
		case errors.Is(err, agent.ErrNothing):
			return "", refuse(http.StatusConflict, "nothing_to_roll_back_to", agent.ErrNothing.Error())
		case err != nil:
			return "", s.broken(r, err)
		}
		s.answer(w, http.StatusOK, map[string]string{"status": "rolled_back", "source_revision": after})
		return after, nil
	})
}

// broken is an error of ours: only the log has its text.
func (s *Server) broken(r *request, err error) *problem {
	s.log.Error("what was asked for failed", "path", r.URL.Path, "request_id", r.id, "reason", err)
	return refuse(http.StatusInternalServerError, "internal_error", "it failed: see the agent's log for the request id, and /config/status")
}

func (s *Server) diff(w http.ResponseWriter, _ *request) {
	status := s.o.Agent.Status()
	out := struct {
		From    *string      `json:"from"` // both of the source
		To      *string      `json:"to"`
		State   string       `json:"state"` // active, waiting, or none
		At      *time.Time   `json:"at"`
		Changes *diff.Result `json:"changes"`
	}{State: "none"}
	if c := status.Change; c != nil {
		out.From, out.To, out.State, out.At, out.Changes = word(c.From), word(c.To), "active", when(c.At), c.Result
		if status.Waiting == c.To {
			out.State = "waiting"
		}
	}
	s.answer(w, http.StatusOK, out)
}

// Bounds of a list.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (s *Server) audit(w http.ResponseWriter, r *request) {
	limit := defaultLimit
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			s.fail(w, refuse(http.StatusBadRequest, "bad_limit", "limit: expected a number from 1 to "+strconv.Itoa(maxLimit)))
			return
		}
		limit = n
	}
	list, err := s.o.Audit.List(r.Context(), limit)
	if err != nil {
		s.log.Error("the audit cannot be read", "request_id", r.id, "reason", err)
		s.fail(w, refuse(http.StatusServiceUnavailable, "audit_log_unavailable", "the audit cannot be read: see the agent's log"))
		return
	}
	type entry struct {
		ID        string     `json:"id"`
		At        *time.Time `json:"at"`
		Ended     *time.Time `json:"ended_at"`
		Actor     string     `json:"actor"`
		Action    string     `json:"action"`
		Path      string     `json:"path"`
		RequestID string     `json:"request_id"`
		Before    *string    `json:"revision_before"`
		After     *string    `json:"revision_after"`
		Outcome   string     `json:"outcome"`
		Reason    string     `json:"reason,omitempty"`
	}
	out := []entry{}
	for _, e := range list {
		out = append(out, entry{
			e.ID, when(e.At), when(e.EndedAt), string(e.Actor), e.Action, e.Path, e.RequestID, word(e.Before), word(e.After), string(e.Outcome), e.Reason,
		})
	}
	s.answer(w, http.StatusOK, map[string]any{"actions": out})
}
