package activation

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/revision"
)

// content is an artifact of a text.
func content(text string) Artifact {
	sum := sha256.Sum256([]byte(text))
	return Artifact{Digest: hex.EncodeToString(sum[:]), Manifest: []byte(text), Numbers: []byte{0, 1, 2}, Origin: "s3://b/" + text, By: "public"}
}

// staged stages an artifact of a text for a group.
func staged(t *testing.T, s *Store, group, text string) Activation {
	t.Helper()
	a, err := s.Stage(t.Context(), 0, Activation{Group: group, Strategy: "llmrouter-mf", Args: []byte(`{"min_margin":0.5}`), Origin: "s3://b/" + text,
		Report: []byte(`{"decided":3}`), By: "public"}, content(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func promoted(t *testing.T, s *Store, group, text string) Activation {
	t.Helper()
	staged(t, s, group, text)
	a, err := s.Promote(t.Context(), 0, group, 0, "public")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// states are those of a group's activations, oldest first.
func states(t *testing.T, s *Store, group string) string {
	t.Helper()
	list, err := s.Of(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, a := range list {
		text = fmt.Sprintf("%d %s, ", a.ID, a.State) + text
	}
	return strings.TrimSuffix(text, ", ")
}

// TestWay: staged, promoted, superseded, and back, one after another, to the operator's own configuration.
func TestWay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := NewStore(db)
		if _, err := s.Promote(t.Context(), 0, "chat", 0, "public"); !errors.Is(err, ErrNotFound) {
			t.Errorf("nothing was ever staged: %v", err)
		}
		a := staged(t, s, "chat", "one")
		if a.ID != 1 || a.State != Staged || a.StagedAt.IsZero() || !a.PromotedAt.IsZero() || string(a.Args) != `{"min_margin":0.5}` || string(a.Report) != `{"decided":3}` {
			t.Errorf("%+v", a)
		}
		if list, err := s.Active(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("what is staged is active: %+v, %v", list, err)
		}
		if _, err := s.Rollback(t.Context(), 0, "chat", "public"); !errors.Is(err, ErrNothing) {
			t.Errorf("nothing is active: %v", err)
		}
		if a, err := s.Promote(t.Context(), 0, "chat", 0, "public"); err != nil || a.State != Active || a.PromotedAt.IsZero() {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := s.Promote(t.Context(), 0, "chat", 0, "public"); !errors.Is(err, ErrNotStaged) || !strings.Contains(err.Error(), "1, is active") {
			t.Errorf("it is active already: %v", err)
		}
		staged(t, s, "chat", "never")
		promoted(t, s, "chat", "two")
		promoted(t, s, "other", "two")
		if got, want := states(t, s, "chat"), "1 superseded, 2 superseded, 3 active"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		if list, err := s.Active(t.Context()); err != nil || len(list) != 2 || list[0].Group != "chat" || list[1].Group != "other" {
			t.Errorf("%+v, %v", list, err)
		}
		before, err := s.Rollback(t.Context(), 0, "chat", "public")
		if err != nil || before == nil || before.ID != 1 || before.State != Active {
			t.Errorf("%+v, %v", before, err)
		}
		if before, err = s.Rollback(t.Context(), 0, "chat", "public"); err != nil || before != nil {
			t.Errorf("%+v, %v", before, err)
		}
		if _, err := s.Rollback(t.Context(), 0, "chat", "public"); !errors.Is(err, ErrNothing) {
			t.Error(err)
		}
		if got, want := states(t, s, "chat"), "1 rolled_back, 2 superseded, 3 rolled_back"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
	})
}

// TestReject: what did not pass is told, is not kept, cannot be promoted, and changes nothing else.
func TestReject(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := NewStore(db)
		promoted(t, s, "chat", "one")
		passed := staged(t, s, "chat", "two")
		bad, err := s.Reject(t.Context(), 0, Activation{Group: "chat", Strategy: "llmrouter-mf", Digest: "x", Reason: "NaN", By: "public"})
		if err != nil || bad.State != Rejected || bad.Digest != "" {
			t.Errorf("%+v, %v", bad, err)
		}
		for _, id := range []int64{0, bad.ID} {
			if _, err := s.Promote(t.Context(), 0, "chat", id, "public"); !errors.Is(err, ErrNotStaged) || !strings.Contains(err.Error(), "NaN") {
				t.Errorf("%d: %v", id, err)
			}
		}
		if got, want := states(t, s, "chat"), "1 active, 2 staged, 3 rejected"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		if _, err := s.Promote(t.Context(), 0, "other", passed.ID, "public"); !errors.Is(err, ErrNotFound) {
			t.Errorf("another group's: %v", err)
		}
		if a, err := s.Promote(t.Context(), 0, "chat", passed.ID, "public"); err != nil || a.ID != passed.ID {
			t.Errorf("by its id: %+v, %v", a, err)
		}
	})
}

// TestFence: who led once and does not know that another does now changes nothing.
func TestFence(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := NewStore(db)
		promoted(t, s, "chat", "one")
		staged(t, s, "chat", "two")
		err := revision.Fenced(t.Context(), db, "lead", 7, func(context.Context, *sql.Tx) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		before := states(t, s, "chat")
		_, stage := s.Stage(t.Context(), 6, Activation{Group: "chat"}, content("three"))
		_, reject := s.Reject(t.Context(), 6, Activation{Group: "chat"})
		_, promote := s.Promote(t.Context(), 6, "chat", 0, "public")
		_, back := s.Rollback(t.Context(), 6, "chat", "public")
		for i, err := range []error{stage, reject, promote, back} {
			if !errors.Is(err, revision.ErrStale) {
				t.Errorf("%d: %v", i, err)
			}
		}
		if after := states(t, s, "chat"); after != before {
			t.Errorf("%s became %s", before, after)
		}
	})
}

// revisionOf is a revision whose document names the artifacts of some activations.
func revisionOf(of ...Activation) revision.Revision {
	r := revision.Revision{Files: map[string][]byte{"other.yaml": nil}}
	text := ""
	for i := range of {
		text += of[i].Name()
		r.Files[strings.Replace(of[i].Name(), "//", "/", 1)] = nil // as a document's files are called
	}
	r.Source = []byte(text)
	r.ID = revision.ID(r.Source, r.Files)
	return r
}

// judged makes one revision good and the next bad.
func judged(t *testing.T, db *database.DB, s *Store, good, bad revision.Revision) {
	t.Helper()
	store := revision.NewStore(db).OnBad(s.Settle)
	for _, err := range []error{
		store.Put(t.Context(), good), store.Activate(t.Context(), good.ID, 0), store.Good(t.Context(), good.ID),
		store.Put(t.Context(), bad), store.Activate(t.Context(), bad.ID, 0), store.As(0).Bad(t.Context(), bad.ID, "watch", "more failed"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestSettle: with a revision that was bad goes what it activated, and nothing else.
func TestSettle(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := NewStore(db)
		one := promoted(t, s, "chat", "one")
		other := promoted(t, s, "other", "one")
		two := promoted(t, s, "chat", "two")
		judged(t, db, s, revisionOf(one, other), revisionOf(two, other))
		if got, want := states(t, s, "chat")+"; "+states(t, s, "other"), "1 active, 3 rolled_back; 2 active"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		list, err := s.Of(t.Context(), "chat")
		if err != nil || list[0].Reason != "watch: more failed" || list[0].ChangedBy != "agent" {
			t.Errorf("%+v, %v", list[0], err)
		}
		// One that was rolled back by hand, and whose absence was bad, is there again.
		if _, err := s.Rollback(t.Context(), 0, "chat", "public"); err != nil {
			t.Fatal(err)
		}
		judged(t, db, s, revisionOf(one, other), revisionOf(other))
		if got, want := states(t, s, "chat"), "1 active, 3 rolled_back"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
		// What was promoted meanwhile stays.
		four := promoted(t, s, "chat", "four")
		promoted(t, s, "chat", "five")
		judged(t, db, s, revisionOf(one, other), revisionOf(four, other))
		if got, want := states(t, s, "chat"), "1 superseded, 3 rolled_back, 4 rolled_back, 5 active"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
	})
}
