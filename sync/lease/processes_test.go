package lease

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/database"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/database/postgrestest"
	"github.com/routeiq/routeiq/sync/revision"
)

// The lease of these tests is short, so that they are.
const (
	shortLength = 2 * time.Second
	shortRenew  = 400 * time.Millisecond
	soon        = 20 * time.Second // a machine under load
)

// envHolder has the database's URL in a process that does nothing but lead, until it is killed.
const envHolder = "ROUTEIQ_TEST_HOLDER"

func short(t *testing.T, db *database.DB, holder string) Lease {
	t.Helper()
	l, err := New(Options{DB: db, Mode: Election, Holder: holder, Length: shortLength, Renew: shortRenew, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func run(t *testing.T, l Lease) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// until waits for what the lease tells, and returns the generation.
func until(t *testing.T, l Lease, want bool) uint64 {
	t.Helper()
	late := time.After(soon)
	for {
		if generation, held := l.Leader(); held == want {
			return generation
		}
		select {
		case <-l.Changed():
		case <-late:
			t.Fatalf("after %s it still leads: %v; %+v", soon, !want, l.Status())
		}
	}
}

// TestHolderProcess is the other process of TestKilled: alone it checks that it is one process's.
func TestHolderProcess(t *testing.T) {
	url := os.Getenv(envHolder)
	if url == "" {
		a, errA := unique()
		b, errB := unique()
		if errA != nil || errB != nil || a == b {
			t.Errorf("%q and %q, %v, %v", a, b, errA, errB)
		}
		return
	}
	l := short(t, databasetest.Open(t, url), "child")
	run(t, l)
	until(t, l, true)
	if _, err := os.Stdout.WriteString("leads\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // its parent kills it, or ends itself
		t.Fatal(err)
	}
}

// TestKilled: a process that leads is killed with -9; another takes over by the end of its lease and not before, and what the
// dead one might still write is refused.
func TestKilled(t *testing.T) {
	url := postgrestest.Database(t)
	db := databasetest.Open(t, url)
	child := exec.Command(os.Args[0], "-test.run=^TestHolderProcess$")
	child.Env = append(os.Environ(), envHolder+"="+url)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill() }()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "leads\n" {
		t.Fatalf("%q, %v", line, err)
	}

	b := short(t, db, "follower")
	run(t, b)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("it ended by itself")
	}
	asked := time.Now()
	left := taken(t, &row{db, "config_sync", "third"}, shortLength)
	if left.held || left.holder != "child" {
		t.Fatalf("the dead one's lease: %+v", left)
	}
	generation := until(t, b, true)
	took := time.Since(asked)
	if generation != 2 {
		t.Errorf("generation %d", generation)
	}
	// Above, a busy machine is given a second.
	if took < left.remaining || took > left.remaining+time.Second {
		t.Errorf("taken over after %s, its lease had %s left", took, left.remaining)
	}
	store := revision.NewStore(db)
	r := revision.Revision{ID: revision.ID([]byte("x"), nil), Source: []byte("x"), Generation: 1}
	if err := store.Put(t.Context(), r); !errors.Is(err, revision.ErrStale) {
		t.Errorf("the dead one's write: %v", err)
	}
	r.Generation = generation
	if err := store.Put(t.Context(), r); err != nil {
		t.Error(err)
	}
}

// TestPostgresStops: a leader whose database stops gives up before its lease ends there, tells it, and leads again when the
// database is back; at no time do two lead.
func TestPostgresStops(t *testing.T) {
	server := postgrestest.New(t)
	url := server.Database(t)
	a, b := short(t, databasetest.Open(t, url), "a"), short(t, databasetest.Open(t, url), "b")
	run(t, a)
	first := until(t, a, true)
	run(t, b)
	for range 2 {
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		stopped := time.Now()
		for _, l := range []Lease{a, b} {
			until(t, l, false)
		}
		// To the millisecond it is tested without a database; a busy machine is given a second.
		if took := time.Since(stopped); took > shortLength+time.Second {
			t.Errorf("gave up %s after the database stopped, the lease is %s", took, shortLength)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		late := time.After(soon)
		for {
			genA, heldA := a.Leader()
			genB, heldB := b.Leader()
			if heldA && heldB {
				t.Fatalf("both lead, by %d and %d", genA, genB)
			}
			if heldA || heldB {
				if now := max(genA, genB); now < first {
					t.Errorf("generation %d after %d", now, first)
				}
				break
			}
			select {
			case <-a.Changed():
			case <-b.Changed():
			case <-late:
				t.Fatalf("nobody leads: %+v, %+v", a.Status(), b.Status())
			}
		}
		for _, l := range []Lease{a, b} {
			if text := l.Status().LastError; strings.Contains(text, "secret-") {
				t.Errorf("the password is in %q", text)
			}
		}
	}
}

// TestClocks: the end in the database is by its clock and not by the holder's, and the holder takes its lease for ended when
// either of its own clocks says so: one was set forward, or the machine slept.
func TestClocks(t *testing.T) {
	db := databasetest.Postgres(t)
	taken(t, &row{db, "l", "a"}, long)
	var left int64
	err := db.Read(t.Context(), "look", func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT expires_us - "+db.Now()+" FROM routeiq_lease WHERE name = 'l'").Scan(&left)
	})
	if d := long - time.Duration(left)*time.Microsecond; err != nil || d < 0 || d > time.Minute {
		t.Errorf("its end is %s off, %v", d, err)
	}

	now := time.Now()
	h := tenure{generation: 1, until: now.Add(shortLength)}
	for _, c := range []struct {
		name string
		at   time.Time
		want bool
	}{
		{"at once", now, true},
		{"just before", now.Add(shortLength - 1), true},
		{"at its end", now.Add(shortLength), false},
		{"after", now.Add(long), false},
		{"a wall clock set forward", now.Add(long).Round(0), false},
		{"a wall clock alone, in time", now.Add(shortLength / 2).Round(0), true},
	} {
		if got := h.held(c.at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (tenure{generation: 1}).held(now) {
		t.Error("what was never held is")
	}
}

// TestGivenBack: at the end of a process its lease is free at once.
func TestGivenBack(t *testing.T) {
	db := databasetest.Postgres(t)
	o := Options{DB: db, Holder: "a", Length: long, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	stop := run(t, l)
	until(t, l, true)
	stop()
	if _, held := l.Leader(); held || l.Status().Running {
		t.Errorf("it leads after its end: %+v", l.Status())
	}
	if got := taken(t, &row{db, "config_sync", "b"}, long); !got.held || got.generation != 2 {
		t.Errorf("%+v", got)
	}
}
