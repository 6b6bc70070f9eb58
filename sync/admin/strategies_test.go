package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/staging"
)

// TestStrategies: who asks is told to what stages, and the reload is where Location says.
func TestStrategies(t *testing.T) {
	s := newSite(t, nil)
	w := s.send("POST", "/strategies/openai%2F*/stage", trial, adminHeader, key)
	if w.Code != http.StatusAccepted || w.Header().Get("Location") != "/config/reload/00000000-0000-4000-8000-000000000001" {
		t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
	}
	s.ask("POST", "/strategies/chat/promote", adminHeader, key)
	s.ask("POST", "/strategies/chat/promote?id=7", adminHeader, key)
	s.ask("POST", "/strategies/chat/rollback", adminHeader, key)
	by := " by sha256:"
	for i, want := range []string{"stage s3://models/mf.tar for openai/* with 1 requests" + by, "promote chat 0" + by, "promote chat 7" + by, "rollback chat" + by} {
		if i >= len(s.stage.did) || !strings.HasPrefix(s.stage.did[i], want) {
			t.Errorf("%q; want %s…", s.stage.did, want)
		}
	}
	list, err := s.audit.List(t.Context(), 10)
	if err != nil || len(list) != 4 || list[0].Action != "strategies.rollback" || list[3].Action != "strategies.stage" || list[3].Path != "/strategies/openai/*/stage" {
		t.Errorf("%+v, %v", list, err)
	}
	if strings.Contains(fmt.Sprint(s.stage.did, list), "PLANT") {
		t.Error("a key is told")
	}
}

// TestStrategiesRefuse: each reason has its status and its word.
func TestStrategiesRefuse(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{agent.ErrFollower, 409, "not_leader"}, {staging.ErrGroup, 404, "group_not_found"}, {activation.ErrNotFound, 404, "group_not_found"},
		{activation.ErrNotStaged, 409, "nothing_staged"}, {activation.ErrNothing, 409, "nothing_to_roll_back_to"}, {staging.ErrUnfit, 409, "document_refused"},
		{staging.ErrDocument, 409, "document_refused"}, {staging.ErrNoModule, 409, "no_module"}, {staging.ErrRequest, 400, "bad_request"},
		{staging.ErrRejected, 422, "rejected"}, {errors.New("PLANT: the database is away"), 500, "internal_error"},
	} {
		s := newSite(t, func(s *site, _ *Options) { s.stage.err = fmt.Errorf("planned: %w", c.err) })
		for _, path := range []string{"stage", "promote", "rollback"} {
			if path != "stage" && c.status == 422 {
				continue
			}
			w := s.send("POST", "/strategies/chat/"+path, trial, adminHeader, key)
			if w.Code != c.status || !strings.Contains(w.Body.String(), `"code": "`+c.code+`"`) || strings.Contains(w.Body.String(), "PLANT") {
				t.Errorf("%v at %s: %d %s", c.err, path, w.Code, w.Body)
			}
		}
	}
	s := newSite(t, nil)
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"stage", "", 400}, {"stage", "[]", 400}, {"stage", trial + trial, 400}, {"stage", `{"artifact":"x"}`, 400}, {"promote?id=x", "", 400}, {"promote?id=0", "", 400},
		{"stage", `{"artifact":"x","requests":[` + strings.Repeat(" ", staging.MaxBody) + `]}`, 413},
	} {
		if w := s.send("POST", "/strategies/chat/"+c.path, c.body, adminHeader, key); w.Code != c.status {
			t.Errorf("%s %.40s: %d %s", c.path, c.body, w.Code, w.Body)
		}
	}
	if len(s.stage.did) != 0 {
		t.Errorf("%q", s.stage.did)
	}
	s.stage.list, s.stage.err = nil, activation.ErrNotFound
	if w := s.ask("GET", "/strategies/gone", adminHeader, key); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/strategies/chat", adminHeader, key); w.Code != 200 || !strings.Contains(w.Body.String(), `"history": []`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestStrategiesNeedTheAudit: what cannot be recorded does not happen.
func TestStrategiesNeedTheAudit(t *testing.T) {
	s := newSite(t, nil)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"stage", "promote", "rollback"} {
		if w := s.send("POST", "/strategies/chat/"+path, trial, adminHeader, key); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if len(s.stage.did) != 0 {
		t.Errorf("%q", s.stage.did)
	}
}
