// Package sourcetest is the suite that every configuration source passes. A new source's test opens it over a real
// server, with Faults between the two, and calls Run.
package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/source"
)

// MaxBytes is the bound that Subjects open their source with.
const MaxBytes = 64 << 10

// Subject is a source on trial, with what changes the document it reads.
type Subject struct {
	Source source.Source // opened by source.Open, with MaxBytes
	Put    func(t *testing.T, content []byte)
	Remove func(t *testing.T)
	Faults *Faults  // stands between the source and its server; nil for a source without a network
	Secret []string // what was planted in URLs and credentials: none of it may be told
}

// Run tries a source. open makes a Subject whose document is not there yet; it is called for each case.
func Run(t *testing.T, open func(t *testing.T) *Subject) {
	for _, c := range []struct {
		name    string
		network bool // needs Faults
		try     func(*trial)
	}{
		{"first", false, (*trial).first},
		{"not modified", false, (*trial).notModified},
		{"changed", false, (*trial).changed},
		{"same content again", false, (*trial).again},
		{"without a condition", false, (*trial).unconditional},
		{"gone", false, (*trial).gone},
		{"empty", false, (*trial).empty},
		{"too large", false, (*trial).tooLarge},
		{"cancelled", false, (*trial).cancelled},
		{"at the same time", false, (*trial).concurrent},
		{"other content, same revision", true, (*trial).lie},
		{"claimed not modified", true, (*trial).stale},
		{"not modified, not asked", true, (*trial).unasked},
		{"refused", true, (*trial).refused},
		{"failing", true, (*trial).failing},
		{"slow", true, (*trial).slow},
		{"half a body", true, (*trial).cut},
		{"unreachable", true, (*trial).unreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			if c.network && s.Faults == nil {
				return // there is no server that could behave so
			}
			t.Cleanup(func() {
				if err := source.Close(s.Source); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.try(&trial{T: t, Subject: s})
		})
	}
}

// trial is one case.
type trial struct {
	*testing.T
	*Subject
}

var (
	one = []byte("model_list: [{model_name: one}]\n")
	two = []byte("model_list: [{model_name: two}]\n") // as long as one
)

// fetch fetches, and demands that nothing secret is told.
func (t *trial) fetch(ctx context.Context, have source.Revision) (source.Document, error) {
	t.Helper()
	d, err := t.Source.Fetch(ctx, have)
	told := t.Source.String() + " " + string(d.Revision)
	if err != nil {
		told += " " + err.Error()
	}
	for _, secret := range t.Secret {
		if strings.Contains(told, secret) {
			t.Errorf("%q tells the secret %q", told, secret)
		}
	}
	return d, err
}

// takes demands a document with a content, and returns it.
func (t *trial) takes(have source.Revision, content []byte) source.Document {
	t.Helper()
	d, err := t.fetch(t.Context(), have)
	if err != nil {
		t.Fatalf("fetch with %q: %v", have, err)
	}
	if !bytes.Equal(d.Body, content) {
		t.Fatalf("fetch: %q, want %q", d.Body, content)
	}
	if d.Revision == "" || d.Revision == have {
		t.Fatalf("fetch with %q: revision %q", have, d.Revision)
	}
	return d
}

// fails demands an error for a reason, and returns it.
func (t *trial) fails(ctx context.Context, have source.Revision, reason error) *source.Error {
	t.Helper()
	d, err := t.fetch(ctx, have)
	if !errors.Is(err, reason) {
		t.Fatalf("fetch: %v, want %v", err, reason)
	}
	var e *source.Error
	if !errors.As(err, &e) {
		t.Fatalf("fetch: %T, want *source.Error", err)
	}
	if e.URL != t.Source.String() || !strings.HasPrefix(e.Error(), e.URL+": ") {
		t.Errorf("%q does not name the source %q", e, t.Source)
	}
	if d.Body != nil || d.Revision != "" {
		t.Errorf("fetch: an error and a document, %q", d.Body)
	}
	return e
}

func (t *trial) first() {
	before := time.Now().Add(-time.Minute)
	t.Put(t.T, one)
	d := t.takes("", one)
	if !d.Modified.IsZero() && (d.Modified.Before(before) || d.Modified.After(time.Now().Add(time.Minute))) {
		t.Errorf("modified %v, now it is %v", d.Modified, time.Now())
	}
}

func (t *trial) notModified() {
	t.Put(t.T, one)
	d := t.takes("", one)
	for range 2 {
		if got, err := t.fetch(t.Context(), d.Revision); !errors.Is(err, source.ErrNotModified) || got.Body != nil {
			t.Errorf("fetch: %q, %v, want %v", got.Body, err, source.ErrNotModified)
		}
	}
}

func (t *trial) changed() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Put(t.T, two)
	d2 := t.takes(d.Revision, two)
	t.Put(t.T, one)
	t.takes(d2.Revision, one)
}

// again: whether the same content is a new revision is the server's word; it never comes as other content.
func (t *trial) again() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Put(t.T, one)
	switch got, err := t.fetch(t.Context(), d.Revision); {
	case errors.Is(err, source.ErrNotModified):
	case err != nil:
		t.Errorf("fetch: %v", err)
	case !bytes.Equal(got.Body, one) || got.Revision == d.Revision:
		t.Errorf("fetch: %q, revision %q after %q", got.Body, got.Revision, d.Revision)
	}
}

func (t *trial) unconditional() {
	t.Put(t.T, one)
	d := t.takes("", one)
	if again := t.takes("", one); again.Revision != d.Revision {
		t.Errorf("two revisions of one document: %q, %q", d.Revision, again.Revision)
	}
	t.takes("of another source", one)
}

func (t *trial) gone() {
	if e := t.fails(t.Context(), "", source.ErrGone); e.Do == "" {
		t.Errorf("%v: does not say what to do", e)
	}
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Remove(t.T)
	t.fails(t.Context(), d.Revision, source.ErrGone)
	t.Put(t.T, two)
	t.takes(d.Revision, two)
}

func (t *trial) empty() {
	t.Put(t.T, one)
	d := t.takes("", one)
	for _, nothing := range []string{"", " \n\t\n"} {
		t.Put(t.T, []byte(nothing))
		t.fails(t.Context(), d.Revision, source.ErrEmpty)
	}
	t.Put(t.T, two)
	t.takes(d.Revision, two)
}

func (t *trial) tooLarge() {
	most := bytes.Repeat([]byte("# 4567890123456\n"), MaxBytes/16)
	t.Put(t.T, most)
	d := t.takes("", most)
	t.Put(t.T, append(most, '\n'))
	if e := t.fails(t.Context(), d.Revision, source.ErrTooLarge); !strings.Contains(e.Error(), "65536") {
		t.Errorf("%v: does not name the bound", e)
	}
}

func (t *trial) cancelled() {
	t.Put(t.T, one)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.fails(ctx, "", context.Canceled)
	t.takes("", one)
}

func (t *trial) concurrent() {
	t.Put(t.T, one)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 4 {
				if d, err := t.fetch(t.Context(), ""); err != nil || !bytes.Equal(d.Body, one) {
					t.Errorf("fetch: %q, %v", d.Body, err)
				}
			}
		})
	}
	all.Wait()
}

func (t *trial) lie() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Faults.Lie(two)
	lie := t.takes(d.Revision, two)
	if lie.Revision.Validator() != d.Revision.Validator() {
		t.Fatalf("%q after %q: the server did not lie", lie.Revision, d.Revision)
	}
	t.Faults.None()
	t.takes("", one) // with a condition, the honest server's answer is "not modified": it is asked about its own ETag
}

// stale: a server that says "not modified" of other content is believed by a fetch with a condition, having no body to
// show the opposite, and found out by one without.
func (t *trial) stale() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Put(t.T, two)
	t.Faults.Stale()
	if _, err := t.fetch(t.Context(), d.Revision); !errors.Is(err, source.ErrNotModified) {
		t.Fatalf("fetch: %v, want %v", err, source.ErrNotModified)
	}
	t.takes("", two)
}

func (t *trial) unasked() {
	t.Put(t.T, one)
	t.Faults.Status(304, "")
	t.fails(t.Context(), "", source.ErrFailing)
}

func (t *trial) refused() {
	t.Put(t.T, one)
	d := t.takes("", one)
	for _, status := range []int{401, 403} {
		t.Faults.Status(status, "")
		if e := t.fails(t.Context(), d.Revision, source.ErrRefused); e.Do == "" {
			t.Errorf("%v: does not say what to do", e)
		}
	}
	t.Faults.None()
	t.Put(t.T, two)
	t.takes(d.Revision, two)
}

func (t *trial) failing() {
	t.Put(t.T, one)
	d := t.takes("", one)
	for _, status := range []int{500, 502, 503, 429} {
		t.Faults.Status(status, "7")
		if e := t.fails(t.Context(), d.Revision, source.ErrFailing); e.RetryAfter != 7*time.Second {
			t.Errorf("%v: retry after %v, the server said 7 s", e, e.RetryAfter)
		}
	}
	t.Faults.None()
	if _, err := t.fetch(t.Context(), d.Revision); !errors.Is(err, source.ErrNotModified) {
		t.Errorf("fetch: %v, want %v", err, source.ErrNotModified)
	}
}

func (t *trial) slow() {
	t.Put(t.T, one)
	t.takes("", one)
	for _, slow := range []func(){t.Faults.Slow, t.Faults.SlowBody} {
		slow()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		t.fails(ctx, "", source.ErrLate)
		cancel()
	}
	t.Faults.None()
	t.takes("", one)
}

func (t *trial) cut() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Put(t.T, two)
	t.Faults.Cut()
	t.fails(t.Context(), d.Revision, source.ErrCut)
	t.Faults.None()
	t.takes(d.Revision, two)
}

func (t *trial) unreachable() {
	t.Put(t.T, one)
	d := t.takes("", one)
	t.Faults.Close()
	t.fails(t.Context(), d.Revision, source.ErrUnreachable)
}
