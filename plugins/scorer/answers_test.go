package scorer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// answers is a file of testdata/artifacts, whose README says how it was made.
type answers struct {
	Queries [][]float32
	Cases   map[string]struct {
		Scores [][]float64
		Winner []string
		User   []int
	}
}

// agree is how far scores may be from those of the routers' own libraries, as a part of them: the answers have eight digits, and some
// weights were made in float32.
const agree = 1e-6

// TestSameAnswers: exported artifacts give the scores that the routers' own libraries give, and choose the same labels.
func TestSameAnswers(t *testing.T) {
	const folder = "../../testdata/artifacts"
	text, err := os.ReadFile(filepath.Join(folder, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all answers
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for name, want := range all.Cases {
		m := load(t, filepath.Join(folder, name))
		kinds[m.Manifest.Kind] = true
		s, err := New(m.Manifest, m.Tensors)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(want.Winner) != len(all.Queries) {
			t.Errorf("%s: %d answers to %d queries", name, len(want.Winner), len(all.Queries))
		}
		for i, vector := range all.Queries {
			q := &Query{Vector: vector}
			if want.User != nil {
				q.User = strconv.Itoa(want.User[i])
			}
			got := scored(s, len(m.Manifest.Labels), q)
			if best, _ := Best(got); !near(got, want.Scores[i], agree) || m.Manifest.Labels[best] != want.Winner[i] {
				t.Errorf("%s, query %d: %v, so %s; want %v, so %s", name, i, got, m.Manifest.Labels[best], want.Scores[i], want.Winner[i])
			}
		}
	}
	for _, kind := range Kinds() {
		if !kinds[kind] {
			t.Errorf("there is no %s", kind)
		}
	}
}

// load reads an artifact.
func load(t testing.TB, folder string) *artifact.Model {
	t.Helper()
	manifest, err1 := os.ReadFile(filepath.Join(folder, "manifest.json"))
	model, err2 := os.ReadFile(filepath.Join(folder, artifact.File))
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	m, err := artifact.Parse(manifest, model)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
