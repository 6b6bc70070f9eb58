package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/staging"
)

// Strategies tries trained models and puts them to use: *staging.Staging.
type Strategies interface {
	Of(ctx context.Context, group string) ([]activation.Activation, error)
	Stage(ctx context.Context, group string, r staging.Request, by string) (staging.Result, error)
	Promote(ctx context.Context, group string, id int64, by string) (staging.Result, error)
	Rollback(ctx context.Context, group, by string) (staging.Result, error)
}

// strategyAnswer is what became of an action.
type strategyAnswer struct {
	Status     string                 `json:"status"` // staged, promoted or rolled_back
	Activation *activation.Activation `json:"activation"`
	Reload     *agent.Reload          `json:"reload,omitempty"`
}

func (s *Server) strategy(w http.ResponseWriter, r *request) {
	group := r.PathValue("group")
	out := struct {
		Group    string                  `json:"group"`
		Strategy *string                 `json:"routing_strategy"` // that serves now; null: the active configuration has no such group
		Active   *activation.Activation  `json:"active"`           // null: the operator's own configuration holds
		Staged   *activation.Activation  `json:"staged"`
		Previous *activation.Activation  `json:"previous"` // what a rollback brings back; null: the operator's configuration
		History  []activation.Activation `json:"history"`  // newest first
	}{Group: group, History: []activation.Activation{}}
	if a := s.o.Agent.Status().Active; a != nil {
		for _, g := range a.Config.Groups {
			if g.Name == group {
				out.Strategy = &g.Strategy.Name
			}
		}
	}
	list, err := s.o.Strategies.Of(r.Context(), group)
	switch {
	case errors.Is(err, activation.ErrNotFound) && out.Strategy == nil:
		s.fail(w, refuse(http.StatusNotFound, "group_not_found", "there is no such group, and nothing was ever staged for one"))
		return
	case err != nil && !errors.Is(err, activation.ErrNotFound):
		s.fail(w, s.broken(r, err))
		return
	}
	out.History = append(out.History, list...)
	for i := range list {
		a := &list[i]
		switch {
		case a.State == activation.Active:
			out.Active = a
		case a.State == activation.Staged && out.Staged == nil:
			out.Staged = a
		case a.State == activation.Superseded && !a.PromotedAt.IsZero() && out.Active != nil && out.Previous == nil:
			out.Previous = a
		}
	}
	s.answer(w, http.StatusOK, out)
}

func (s *Server) stage(w http.ResponseWriter, r *request) {
	s.act(w, r, "strategies.stage", func() (string, *problem) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return "", unread(err)
		}
		wanted, err := staging.ParseRequest(body)
		if err != nil {
			return "", refuse(http.StatusBadRequest, "bad_request", err.Error())
		}
		got, err := s.o.Strategies.Stage(r.Context(), r.PathValue("group"), wanted, string(r.actor))
		if errors.Is(err, staging.ErrRejected) {
			p := refuse(http.StatusUnprocessableEntity, "rejected", "it did not pass, and nothing was changed: "+got.Activation.Reason)
			p.activation = &got.Activation
			return "", p
		}
		return s.staged(w, r, "staged", got, err)
	})
}

func (s *Server) promote(w http.ResponseWriter, r *request) {
	s.act(w, r, "strategies.promote", func() (string, *problem) {
		id, p := number(r)
		if p != nil {
			return "", p
		}
		got, err := s.o.Strategies.Promote(r.Context(), r.PathValue("group"), id, string(r.actor))
		return s.staged(w, r, "promoted", got, err)
	})
}

func (s *Server) unpromote(w http.ResponseWriter, r *request) {
	s.act(w, r, "strategies.rollback", func() (string, *problem) {
		got, err := s.o.Strategies.Rollback(r.Context(), r.PathValue("group"), string(r.actor))
		return s.staged(w, r, "rolled_back", got, err)
	})
}

// number is the id of the activation that is meant; 0: the last that was tried.
func number(r *request) (int64, *problem) {
	text := r.URL.Query().Get("id")
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, refuse(http.StatusBadRequest, "bad_id", "id: expected the id of an activation, as GET /strategies/{group} tells it")
	}
	return id, nil
}

// staged answers what became of an action.
func (s *Server) staged(w http.ResponseWriter, r *request, status string, got staging.Result, err error) (string, *problem) {
	switch {
	case err == nil:
	case errors.Is(err, agent.ErrFollower):
		return "", refuse(http.StatusConflict, "not_leader", "another agent leads and fetches: ask "+s.leader())
	case errors.Is(err, staging.ErrGroup):
		return "", refuse(http.StatusNotFound, "group_not_found", err.Error())
	case errors.Is(err, activation.ErrNotFound):
		return "", refuse(http.StatusNotFound, "group_not_found", "nothing was ever staged for that group: POST /strategies/{group}/stage first")
	case errors.Is(err, activation.ErrNotStaged):
		return "", refuse(http.StatusConflict, "nothing_staged", err.Error())
	case errors.Is(err, activation.ErrNothing):
		return "", refuse(http.StatusConflict, "nothing_to_roll_back_to", activation.ErrNothing.Error())
	case errors.Is(err, staging.ErrUnfit), errors.Is(err, staging.ErrDocument):
		return "", refuse(http.StatusConflict, "document_refused", err.Error())
	case errors.Is(err, staging.ErrNoModule):
		return "", refuse(http.StatusConflict, "no_module", err.Error())
	case errors.Is(err, staging.ErrRequest):
		return "", refuse(http.StatusBadRequest, "bad_request", err.Error())
	default:
		return "", s.broken(r, err)
	}
	out, code := strategyAnswer{Status: status, Reload: got.Reload}, http.StatusOK
	if got.Activation.ID != 0 {
		out.Activation = &got.Activation
	}
	if got.Reload != nil {
		code = http.StatusAccepted
		w.Header().Set("Location", "/config/reload/"+got.Reload.ID)
		if status == "staged" {
			out.Status = "promoted"
		}
	}
	s.answer(w, code, out)
	return "", nil
}

// unread is why a body could not be read.
func unread(err error) *problem {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "body_too_large", "the body is larger than "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes: put recorded requests into a file and name it in requests_url")
	}
	return refuse(http.StatusBadRequest, "bad_request", "the body did not come whole")
}
