package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/audit"
	"github.com/routeiq/routeiq/sync/lease"
)

// TestAccess: every endpoint with every kind of key.
func TestAccess(t *testing.T) {
	shows := []struct {
		name   string
		header []string
		user   int // what an endpoint for users answers
		admin  int
		code   string // of an endpoint for administrators
	}{
		{"nothing", nil, 401, 401, "admin_key_required"},
		{"a wrong key", []string{"Authorization", "Bearer wrong"}, 401, 401, "invalid_admin_key"},
		{"a client's key", []string{"Authorization", "Bearer secret"}, 200, 401, "invalid_admin_key"},
		{"a client's key, of another scheme", []string{"Authorization", "Basic secret"}, 401, 401, "admin_key_required"},
		{"an administrator's", []string{"Authorization", "bearer PLANT-two"}, 200, 200, ""},
		{"the header", []string{adminHeader, "PLANT-three"}, 200, 200, ""},
		{"a key that is configured with the prefix, without it", []string{adminHeader, "PLANT-one"}, 200, 200, ""},
		{"one that is configured without it, with it", []string{adminHeader, "sk-riq-PLANT-two"}, 200, 200, ""},
		{"the prefix twice", []string{adminHeader, "sk-riq-sk-riq-PLANT-two"}, 401, 401, "invalid_admin_key"},
		{"the header wins over the token", []string{adminHeader, "wrong", "Authorization", "Bearer PLANT-two"}, 401, 401, "invalid_admin_key"},
		{"the prefix alone", []string{adminHeader, "sk-riq-"}, 401, 401, "invalid_admin_key"},
		{"all keys in one", []string{adminHeader, "sk-riq-PLANT-one, PLANT-two"}, 401, 401, "invalid_admin_key"},
	}
	for _, show := range shows {
		s := newSite(t, nil)
		s.agent.reloads["00000000-0000-4000-8000-000000000001"] = agent.Reload{}
		for _, e := range Endpoints {
			did := len(s.agent.did) + len(s.stage.did)
			w := s.call(e, show.header...)
			want := map[Access]int{Public: 200, User: show.user, Admin: show.admin}[e.Access]
			got := w.Code
			if got == http.StatusAccepted {
				got = http.StatusOK
			}
			if got != want {
				t.Errorf("%s, %s %s: %d, want %d: %s", show.name, e.Method, e.Path, w.Code, want, w.Body)
			}
			if want != 200 {
				if len(s.agent.did)+len(s.stage.did) != did {
					t.Errorf("%s, %s %s: it was refused, and done", show.name, e.Method, e.Path)
				}
				if e.Access == Admin && codeOf(t, w.Body.Bytes()) != show.code || w.Header().Get("WWW-Authenticate") == "" {
					t.Errorf("%s, %s %s: %v %s", show.name, e.Method, e.Path, w.Header(), w.Body)
				}
				if strings.Contains(w.Body.String(), "PLANT") {
					t.Errorf("a key is shown: %s", w.Body)
				}
			}
		}
	}
}

// codeOf reads the code of an error, and that it has the one shape.
func codeOf(t *testing.T, body []byte) string {
	t.Helper()
	var e struct {
		Error map[string]string `json:"error"`
	}
	if err := json.Unmarshal(body, &e); err != nil || len(e.Error) != 4 || e.Error["message"] == "" || e.Error["type"] == "" || e.Error["request_id"] == "" {
		t.Errorf("%s is no error in our shape: %v", body, err)
	}
	return e.Error["code"]
}

// TestClosed: who is let in where keys are not as they should be.
func TestClosed(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want int
		code string
	}{
		{"no key is configured", map[string]string{}, 403, "control_plane_not_configured"},
		{"only blanks are", map[string]string{"ADMIN_API_KEYS": " , ,", "ADMIN_API_KEY": ""}, 403, "control_plane_not_configured"},
		{"switched off", map[string]string{"ADMIN_AUTH_ENABLED": "off"}, 202, ""},
		{"switched off in production", map[string]string{"ADMIN_AUTH_ENABLED": "0", "ROUTEIQ_ENV": "production", "ADMIN_API_KEY": key}, 403, "admin_auth_disabled_in_production"},
		{"another prefix", map[string]string{"ROUTEIQ_KEY_PREFIX": "my-", "ADMIN_API_KEY": "my-" + key}, 202, ""},
	} {
		s := newSite(t, func(s *site, _ *Options) { s.keys = c.env })
		w := s.ask("POST", "/config/reload", adminHeader, key)
		if w.Code != c.want || c.code != "" && codeOf(t, w.Body.Bytes()) != c.code {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	for _, env := range []map[string]string{{"ADMIN_API_KEYS": "a,sk-riq-"}, {"ADMIN_AUTH_ENABLED": "maybe"}} {
		if _, err := KeysFrom(func(name string) (string, bool) { v, ok := env[name]; return v, ok }); err == nil {
			t.Errorf("%v is taken", env)
		}
	}
	k := newSite(t, nil).o.Keys
	if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(text, "PLANT") {
		t.Error("keys print")
	}
}

// TestUsers: without a configuration nobody is one; where clients need no key everybody is.
func TestUsers(t *testing.T) {
	s := newSite(t, nil)
	s.agent.status.Active.Config.ClientKeys = nil
	if w := s.ask("GET", "/router/info"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.agent.status.Active = nil
	if w := s.ask("GET", "/router/info", "Authorization", "Bearer secret"); w.Code != 503 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/router/info", adminHeader, key); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequestID(t *testing.T) {
	s := newSite(t, nil)
	for given, kept := range map[string]bool{
		"": false, "abc-1_2.3": true, strings.Repeat("a", 128): true, strings.Repeat("a", 129): false, "a b": false, "a\"b": false, "ü": false, "a\n": false,
	} {
		got := s.ask("GET", "/_health/live", "X-Request-ID", given).Header().Get("x-request-id")
		if (got == given) != kept || !goodID.MatchString(got) {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestOtherPaths(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/nowhere", 404, "not_found", ""},
		{"GET", "/", 404, "not_found", ""},
		{"GET", "/config/reload", 405, "method_not_allowed", "POST"},
		{"DELETE", "/config/status", 405, "method_not_allowed", "GET"},
		{"GET", "/config/reload/unknown", 404, "reload_not_found", ""},
		{"GET", "/config/audit?limit=0", 400, "bad_limit", ""},
		{"GET", "/config/audit?limit=x", 400, "bad_limit", ""},
	} {
		w := s.ask(c.method, c.path, adminHeader, key)
		if w.Code != c.status || codeOf(t, w.Body.Bytes()) != c.code || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %v %s", c.method, c.path, w.Code, w.Header(), w.Body)
		}
	}
	if w := s.ask("HEAD", "/_health/live"); w.Code != 200 {
		t.Errorf("HEAD: %d", w.Code)
	}
}

// TestActions: what is done is recorded before and after, with who did it and not with the key.
func TestActions(t *testing.T) {
	for _, c := range []struct {
		path    string
		err     error
		status  int
		code    string
		outcome audit.Outcome
	}{
		{"/config/reload", nil, 202, "", audit.Done},
		{"/config/reload", agent.ErrFollower, 409, "not_leader", audit.Refused},
		{"/config/rollback", nil, 200, "", audit.Done},
		{"/config/rollback", errors.Join(agent.ErrNothing, errors.New("PLANT")), 409, "nothing_to_roll_back_to", audit.Refused},
		{"/config/rollback", errors.New("PLANT"), 500, "internal_error", audit.Failed},
	} {
		s := newSite(t, func(s *site, o *Options) {
			s.agent.err = c.err
			o.Lease = func() lease.Status { return lease.Status{Leader: "the other one"} }
		})
		w := s.ask("POST", c.path, adminHeader, key, "X-Request-ID", "r-1")
		if w.Code != c.status || c.code != "" && codeOf(t, w.Body.Bytes()) != c.code || strings.Contains(w.Body.String(), "PLANT") {
			t.Errorf("%s, %v: %d %s", c.path, c.err, w.Code, w.Body)
		}
		if c.code == "not_leader" && !strings.Contains(w.Body.String(), "the other one") {
			t.Errorf("who leads is not told: %s", w.Body)
		}
		list, err := s.audit.List(t.Context(), 10)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		e := list[0]
		if e.Outcome != c.outcome || e.Actor != audit.Fingerprint(key) || e.RequestID != "r-1" || e.Path != c.path || e.Before != "111111111111" || e.EndedAt.IsZero() ||
			strings.Contains(fmt.Sprintf("%+v", e), "PLANT") {
			t.Errorf("%s, %v: %+v", c.path, c.err, e)
		}
	}
}

// TestUnauditable: where audit fails closed, what cannot be recorded does not happen.
func TestUnauditable(t *testing.T) {
	for _, closed := range []bool{true, false} {
		s := newSite(t, func(s *site, o *Options) {
			s.audit = audit.New(s.db, audit.Options{Enabled: true, Closed: closed})
			o.Audit = s.audit
		})
		if err := s.db.Close(); err != nil {
			t.Fatal(err)
		}
		w := s.ask("POST", "/config/rollback", adminHeader, key)
		if closed && (w.Code != 503 || codeOf(t, w.Body.Bytes()) != "audit_log_unavailable" || len(s.agent.did) != 0) {
			t.Errorf("closed: %d %s, done: %v", w.Code, w.Body, s.agent.did)
		}
		if !closed && (w.Code != 200 || len(s.agent.did) != 1) {
			t.Errorf("open: %d %s, done: %v", w.Code, w.Body, s.agent.did)
		}
		if w := s.ask("GET", "/config/audit", adminHeader, key); w.Code != 503 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// TestNineKeys: the keys of the replaced system, with their types, also where nothing is known.
func TestNineKeys(t *testing.T) {
	for _, status := range []agent.Status{{}, busy()} {
		s := newSite(t, func(s *site, _ *Options) { s.agent.status = status })
		var got map[string]any
		if err := json.Unmarshal(s.ask("GET", "/config/status").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for name, kinds := range map[string][]string{
			"config_source": {"string", "<nil>"}, "sync_enabled": {"bool"}, "sync_interval_seconds": {"float64"}, "last_sync_attempt": {"string", "<nil>"},
			"last_sync_success": {"string", "<nil>"}, "last_sync_error": {"string", "<nil>"}, "config_version_hash": {"string", "<nil>"},
			"model_count": {"float64"}, "next_sync_at": {"string", "<nil>"},
		} {
			if v, ok := got[name]; !ok || !slices.Contains(kinds, fmt.Sprintf("%T", v)) {
				t.Errorf("%s is %T %v", name, v, v)
			}
		}
	}
}

// TestReadiness: what makes an agent not ready, and what does not.
func TestReadiness(t *testing.T) {
	s := newSite(t, nil)
	ready := func(want int, status string) {
		t.Helper()
		w := s.ask("GET", "/_health/ready")
		if w.Code != want || !strings.Contains(w.Body.String(), `"status": "`+status+`"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	ready(200, "degraded")
	s.agent.status.Failure = nil
	ready(200, "ready")
	s.agent.status.Active.Config.Health.MinModels = 2 // one of the two is unconfigured
	ready(503, "not_ready")
	s.agent.status.Active = nil
	ready(503, "not_ready")
}

// TestCORS: pages are answered by the active configuration's rule.
func TestCORS(t *testing.T) {
	s := newSite(t, nil)
	w := s.ask("OPTIONS", "/config/reload", "Origin", "https://ui.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-admin-api-key")
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Origin") != "https://ui.example" || w.Header().Get("Access-Control-Allow-Headers") != "x-admin-api-key" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := s.ask("GET", "/config/status", "Origin", "https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
	s.agent.status.Active = nil
	if w := s.ask("GET", "/config/status", "Origin", "https://ui.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", w.Header())
	}
}

// TestPanic: a fault of ours is answered, and its text is not.
func TestPanic(t *testing.T) {
	s := newSite(t, nil)
	s.agent.status.Active.Config = nil
	if w := s.ask("GET", "/_health/ready"); w.Code != 500 || codeOf(t, w.Body.Bytes()) != "internal_error" || strings.Contains(w.Body.String(), "nil pointer") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
