package activation

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/artifact/bundle"
	"github.com/routeiq/routeiq/sync/database/databasetest"
	"github.com/routeiq/routeiq/sync/source"
)

// operators is a document that a test changes.
type operators struct{ text string }

func (o *operators) String() string { return "test://document" }
func (o *operators) Fetch(_ context.Context, have source.Revision) (source.Document, error) {
	return source.Since(have, "", source.Document{Body: []byte(o.text)})
}

const document = `# what the operator wrote
model_list:
  - {model_name: chat, litellm_params: {model: openai/a}}   # one
  - {model_name: other, litellm_params: {model: openai/b}}
routing:
  groups:
    chat: {routing_strategy: llmrouter-knn, routing_strategy_args: {artifact: knn.tar, only_in_reach: true}, affinity: {mode: stick}}
`

// TestSource: the active ones lie over the document, whole; without one it is what the operator wrote, to the byte.
func TestSource(t *testing.T) {
	s := NewStore(databasetest.SQLite(t))
	o := &operators{document}
	l := s.Source(o)
	fetch := func(have source.Revision) source.Document {
		t.Helper()
		d, err := l.Fetch(t.Context(), have)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	unchanged := func(have source.Revision) {
		t.Helper()
		if d, err := l.Fetch(t.Context(), have); !errors.Is(err, source.ErrNotModified) {
			t.Errorf("%s, %v", d.Body, err)
		}
	}
	plain := fetch("")
	if string(plain.Body) != document {
		t.Errorf("without activations: %s", plain.Body)
	}
	unchanged(plain.Revision)
	a := staged(t, s, "chat", "one")
	unchanged(plain.Revision)
	if _, err := s.Promote(t.Context(), 0, "chat", 0, "public"); err != nil {
		t.Fatal(err)
	}
	laid := fetch(plain.Revision)
	for _, want := range []string{"routing_strategy: llmrouter-mf", a.Name(), "min_margin: 0.5", "mode: stick"} {
		if !strings.Contains(string(laid.Body), want) {
			t.Errorf("there is no %s in\n%s", want, laid.Body)
		}
	}
	for _, gone := range []string{"knn", "only_in_reach"} { // the arguments of another strategy
		if strings.Contains(string(laid.Body), gone) {
			t.Errorf("there is %s in\n%s", gone, laid.Body)
		}
	}
	unchanged(laid.Revision)
	o.text = strings.Replace(document, "openai/b", "openai/c", 1)
	if d := fetch(laid.Revision); !strings.Contains(string(d.Body), "openai/c") || !strings.Contains(string(d.Body), a.Name()) {
		t.Errorf("a change below the layer: %s", d.Body)
	}
	o.text = strings.Replace(document, "model_name: chat", "model_name: renamed", 1)
	if d := fetch(""); string(d.Body) != o.text {
		t.Errorf("a group that is gone: %s", d.Body)
	}
	o.text = document
	if _, err := s.Rollback(t.Context(), 0, "chat", "public"); err != nil {
		t.Fatal(err)
	}
	if d := fetch(laid.Revision); string(d.Body) != document || d.Revision != plain.Revision {
		t.Errorf("after the rollback: %s", d.Body)
	}
}

// TestSourceWithoutDatabase: what was active is, as long as the database does not answer; an agent that never asked it does not guess.
func TestSourceWithoutDatabase(t *testing.T) {
	db := databasetest.SQLite(t)
	s := NewStore(db)
	a := promoted(t, s, "chat", "one")
	o := &operators{document}
	l, other := s.Source(o), s.Source(o)
	if _, err := l.Fetch(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	o.text = strings.Replace(document, "openai/b", "openai/c", 1)
	if d, err := l.Fetch(t.Context(), ""); err != nil || !strings.Contains(string(d.Body), "openai/c") || !strings.Contains(string(d.Body), a.Name()) {
		t.Errorf("%s, %v", d.Body, err)
	}
	if d, err := other.Fetch(t.Context(), ""); !errors.Is(err, source.ErrFailing) {
		t.Errorf("%s, %v", d.Body, err)
	}
}

// TestOpen: what was staged is what is opened, the same bytes each time, and what is damaged is found out.
func TestOpen(t *testing.T) {
	s := NewStore(databasetest.SQLite(t))
	manifest, numbers := artifacttest.Example("knn", "routeiq/ngram-1", 256)
	c := content(string(manifest))
	c.Numbers = numbers
	a, err := s.Stage(t.Context(), 0, Activation{Group: "chat", Strategy: "llmrouter-knn", By: "public"}, c)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Open("s3://bucket/knn.tar"); ok {
		t.Error("another's name is ours")
	}
	d := source.Document{Body: []byte("artifact: " + a.Name())}
	all := source.WithArtifacts(source.Fixed("document", d), "file:/etc/config.yaml", func(url string) (source.Source, error) {
		k, ok := s.Open(url)
		if !ok {
			t.Errorf("%s is opened", url)
		}
		return k, nil
	})
	first, err := all.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := all.Fetch(t.Context(), ""); err != nil || again.Revision != first.Revision {
		t.Errorf("%v: other bytes", err)
	}
	opened, err := bundle.Open(a.Name(), first.Reader("file:/etc/config.yaml"), bundle.Policy{})
	if err != nil || opened.Document.Digest != a.Digest {
		t.Fatalf("%v, %v", opened, err)
	}
	k, _ := s.Open(strings.Replace(a.Name(), a.Digest[:4], "beef", 1))
	if _, err := k.Fetch(t.Context(), ""); !errors.Is(err, source.ErrGone) {
		t.Errorf("one that is not kept: %v", err)
	}
}
