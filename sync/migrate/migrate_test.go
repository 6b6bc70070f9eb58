package migrate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// renamed and bounded are two steps that no version has needed: the mechanism's test.
var renamed = Step{From: 1, Name: "renamed", Do: func(doc []byte) ([]byte, error) {
	return Edit(doc, 2, func(root *yaml.Node) error {
		for i := 0; i+1 < len(root.Content); i += 2 {
			if root.Content[i].Value == "old_name" {
				root.Content[i].Value = "new_name"
			}
		}
		return nil
	})
}}

var bounded = Step{From: 2, Name: "bounded", Do: func(doc []byte) ([]byte, error) {
	return Edit(doc, 3, func(root *yaml.Node) error {
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "bound"}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "5"})
		return nil
	})
}}

var synthetic = []Step{renamed, bounded}

func TestSteps(t *testing.T) {
	before, err := os.ReadFile(filepath.Join("..", "..", "testdata", "migrate", "synthetic.before.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join("..", "..", "testdata", "migrate", "synthetic.after.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kept := bytes.Clone(before)
	out, from, to, err := through(before, synthetic, 3)
	if err != nil || from != 1 || to != 3 || !bytes.Equal(out, after) {
		t.Errorf("from %d to %d, %v:\n%s", from, to, err, out)
	}
	if !bytes.Equal(before, kept) {
		t.Error("what was migrated was changed")
	}
	again, from, to, err := through(out, synthetic, 3)
	if err != nil || from != 3 || to != 3 || !bytes.Equal(again, out) {
		t.Errorf("again: from %d to %d, %v:\n%s", from, to, err, again)
	}
}

func TestMigrateLeavesThisVersionAlone(t *testing.T) {
	for _, doc := range []string{"model_list: []\n", "# ours\nrouteiq_version: 1\nmodel_list: []\n", "no: [yaml", "", "- a list\n"} {
		out, from, to, err := Migrate([]byte(doc))
		if err != nil || from != 1 || to != Version || string(out) != doc {
			t.Errorf("%q: %q, from %d to %d, %v", doc, out, from, to, err)
		}
	}
}

func TestMigrateRefuses(t *testing.T) {
	failing := Step{From: 1, Name: "failing", Do: func([]byte) ([]byte, error) { return nil, os.ErrInvalid }}
	still := Step{From: 1, Name: "still", Do: func(doc []byte) ([]byte, error) { return doc, nil }}
	for _, c := range []struct {
		name, doc string
		steps     []Step
		version   int
		want      []string
	}{
		{"newer", "routeiq_version: 9\n", nil, 1, []string{"version 9", "up to version 1"}},
		{"no number", "a: 1\nrouteiq_version: two\n", nil, 1, []string{"line 2", "expected a whole number"}},
		{"zero", "routeiq_version: 0\n", nil, 1, []string{"expected a whole number from 1"}},
		{"no step", "a: 1\n", nil, 2, []string{"no step leads from version 1 to 2"}},
		{"a step that fails", "a: 1\n", []Step{failing}, 2, []string{"from version 1 to 2 (failing)", "invalid argument"}},
		{"a step that leads nowhere", "a: 1\n", []Step{still}, 2, []string{"(still)", "says that it is version 1"}},
		{"two documents", "a: 1\n---\nb: 1\n", []Step{renamed}, 2, []string{"behind '---'"}},
	} {
		_, _, _, err := through([]byte(c.doc), c.steps, c.version)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", c.name, err, want)
			}
		}
	}
}

// FuzzThrough: whatever comes, a document that is migrated has the version it was brought to, and migrating it again changes
// nothing.
func FuzzThrough(f *testing.F) {
	for _, doc := range []string{"a: 1", "old_name: {x: y} # c\n", "routeiq_version: 2\nb: &x [1]\nc: *x\n", "- x", "a: 1\n---\nb: 2", "routeiq_version: !!int '3'"} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, _, to, err := through(doc, synthetic, 3)
		if err != nil {
			return
		}
		if version, err := Of(out); err != nil || version != to {
			t.Fatalf("%q: %q has version %d, %v", doc, out, version, err)
		}
		again, _, _, err := through(out, synthetic, 3)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%q: again %q, %v", out, again, err)
		}
	})
}
