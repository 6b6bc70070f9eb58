package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// planted is a key that must turn up nowhere.
const planted = "sk-planted-77aa"

func TestBeginAndFinish(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		l := New(db, Options{Enabled: true, Closed: true})
		at := time.UnixMicro(1_700_000_000_000_000)
		for i, reason := range []string{"", "no good revision"} {
			a, err := l.Begin(t.Context(), Entry{
				At: at.Add(time.Duration(i) * time.Second), Actor: Fingerprint(planted), Action: "config.rollback", Path: "/config/rollback?token=" + planted,
				RequestID: "r1", Before: "old",
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.List(t.Context(), 10)
			if err != nil || len(got) != i+1 || got[0].Outcome != Begun || !got[0].EndedAt.IsZero() {
				t.Fatalf("begun: %+v, %v", got, err)
			}
			outcome := Done
			if reason != "" {
				outcome = Refused
			}
			if err := a.Finish(t.Context(), outcome, "new", reason); err != nil {
				t.Fatal(err)
			}
		}
		got, err := l.List(t.Context(), 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		e := got[0]
		if e.Outcome != Refused || e.Reason != "no good revision" || e.After != "new" || e.Before != "old" || e.Path != "/config/rollback" || !e.At.Equal(at.Add(time.Second)) || e.EndedAt.IsZero() {
			t.Errorf("the newest: %+v", e)
		}
		if strings.Contains(string(e.Actor), planted) || e.Actor != Fingerprint(planted) {
			t.Errorf("the actor is %q", e.Actor)
		}
	})
}

func TestAKeyIsNoActor(t *testing.T) {
	l := New(databasetest.SQLite(t), Options{Enabled: true})
	if _, err := l.Begin(t.Context(), Entry{Actor: planted, Action: "a"}); err == nil || strings.Contains(err.Error(), planted) {
		t.Errorf("got %v", err)
	}
}

// TestWhenNothingCanBeRecorded: closed, the action does not happen; open, it does, and the log has it.
func TestWhenNothingCanBeRecorded(t *testing.T) {
	db, err := database.Open(t.Context(), "file:"+t.TempDir()+"/agent.db", databasetest.Options()) // no schema
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(&text, nil))
	e := Entry{Actor: Agent, Action: "config.reload", Path: "/config/reload"}
	if _, err := New(db, Options{Enabled: true, Closed: true, Log: log}).Begin(t.Context(), e); !errors.Is(err, ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
	a, err := New(db, Options{Enabled: true, Log: log}).Begin(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Finish(context.Background(), Done, "", ""); err != nil {
		t.Error(err)
	}
	if got := text.String(); strings.Count(got, "AUDIT_FALLBACK") != 2 || !strings.Contains(got, "action=config.reload") {
		t.Errorf("the log has %q", got)
	}
	if _, err := New(db, Options{Closed: true}).Begin(t.Context(), e); err != nil {
		t.Errorf("switched off: %v", err)
	}
}

func TestOptionsFrom(t *testing.T) {
	for _, c := range []struct {
		enabled, mode string
		want          Options
		refused       bool
	}{
		{"", "", Options{Enabled: true}, false},
		{"false", "closed", Options{Closed: true}, false},
		{"yes", "OPEN", Options{Enabled: true}, false},
		{"perhaps", "ajar", Options{}, true},
	} {
		got, err := OptionsFrom(func(name string) (string, bool) {
			v := map[string]string{"AUDIT_LOG_ENABLED": c.enabled, "AUDIT_LOG_FAIL_MODE": c.mode}[name]
			return v, v != ""
		})
		if (err != nil) != c.refused || !c.refused && got != c.want {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}
