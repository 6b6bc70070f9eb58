package source

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// shelf is a source of one text that a test changes.
type shelf struct {
	name, text string
	err        error
	full       int // fetches that sent the text
	closed     bool
}

func (s *shelf) String() string { return s.name }
func (s *shelf) Close() error   { s.closed = true; return nil }
func (s *shelf) Fetch(_ context.Context, have Revision) (Document, error) {
	if s.err != nil {
		return Document{}, &Error{URL: s.name, Reason: s.err, Detail: "planned"}
	}
	d, err := Since(have, "", Document{Body: []byte(s.text)})
	if err == nil {
		s.full++
	}
	return d, err
}

const naming = `
model_list: []
router_settings: {routing_strategy: llmrouter-knn, routing_strategy_args: {artifact: models/knn.tar}}
routing:
  groups:
    a: {routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: "s3://bucket/mf"}}
`

// TestWithArtifacts: what a document names is fetched with it, is part of its revision, and is not sent again while it stays.
func TestWithArtifacts(t *testing.T) {
	main := &shelf{name: "main", text: naming}
	opened := map[string]*shelf{}
	s := WithArtifacts(main, "https://user:secret@h/conf/config.yaml?x=1", func(url string) (Source, error) {
		opened[url] = &shelf{name: url, text: "content of " + url}
		return opened[url], nil
	})
	d, err := s.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	const tar = "https://user:secret@h/conf/models/knn.tar?x=1"
	want := []string{tar, "s3://bucket/mf/manifest.json", "s3://bucket/mf/model.safetensors"}
	if got := slices.Sorted(maps.Keys(opened)); !slices.Equal(got, want) {
		t.Fatalf("opened %v", got)
	}
	read := d.Reader("https://h/conf/config.yaml")
	for name, from := range map[string]string{
		"https:/h/conf/models/knn.tar": tar, "s3://bucket/mf/manifest.json": "s3://bucket/mf/manifest.json",
	} {
		if text, err := read(name); err != nil || string(text) != "content of "+from {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	if _, err := s.Fetch(t.Context(), d.Revision); !errors.Is(err, ErrNotModified) {
		t.Errorf("nothing changed: %v", err)
	}
	opened[tar].text = "another model"
	next, err := s.Fetch(t.Context(), d.Revision)
	if err != nil || next.Revision == d.Revision || string(next.Files["models/knn.tar"]) != "another model" {
		t.Fatalf("%v, %s", err, next.Files["models/knn.tar"])
	}
	if main.full != 1 || opened[want[1]].full != 1 || opened[tar].full != 2 {
		t.Errorf("sent: document %d, %d and %d times", main.full, opened[want[1]].full, opened[tar].full)
	}
	opened[tar].err = ErrGone
	if _, err := s.Fetch(t.Context(), next.Revision); !errors.Is(err, ErrGone) || strings.Contains(err.Error(), "not modified") {
		t.Errorf("an artifact that is gone: %v", err)
	}
	main.text = "model_list: []\n"
	plain, err := s.Fetch(t.Context(), next.Revision)
	if err != nil || len(plain.Files) != 0 || !opened[tar].closed {
		t.Errorf("a document that names none any more: %v, %v", plain.Files, err)
	}
	if _, err := s.Fetch(t.Context(), plain.Revision); !errors.Is(err, ErrNotModified) {
		t.Errorf("nothing changed: %v", err)
	}
	if err := Close(s); err != nil || !main.closed {
		t.Error(err)
	}
}

// TestArtifactsBeside: where a relative name is looked for.
func TestArtifactsBeside(t *testing.T) {
	for _, c := range [][3]string{
		{"/etc/routeiq/config.yaml", "knn.tar", "/etc/routeiq/knn.tar"}, {"config.yaml", "models/knn", "models/knn"},
		{"file:config.yaml", "knn.tar", "file:knn.tar"}, {"s3://bucket/a/config.yaml", "../knn.tar", "s3://bucket/knn.tar"},
		{"s3://bucket/a/config.yaml", "gs://other/knn.tar", "gs://other/knn.tar"}, {"s3://bucket/config.yaml", "/models/knn.tar", "/models/knn.tar"},
	} {
		if got := (&artifacts{base: c[0]}).beside(c[1]); got != c[2] {
			t.Errorf("%s beside %s: %s, want %s", c[1], c[0], got, c[2])
		}
	}
}

func TestSameHost(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://h/a", "https://h/b", true}, {"https://h/a", "https://H:443/b", false}, {"https://h/a", "http://h/a", false},
		{"https://h/a", "https://evil/h", false}, {"config.yaml", "config.yaml", false}, {"https://h@evil/", "https://h/", false},
	} {
		if SameHost(c.a, c.b) != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, !c.same)
		}
	}
}
