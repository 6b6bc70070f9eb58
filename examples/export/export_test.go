package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/envoy/envoytest"
	"github.com/routeiq/routeiq/examples/readmetest"
)

// The data beside the checkout has routers that LLMRouter trained, and what it chose by them.
const reference = "../../../shared/reference"

func python(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(envoytest.Root(t), ".venv", "bin", "python"), arguments...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

func TestPython(t *testing.T) {
	t.Parallel()
	python(t, ".", "-m", "unittest", "test_export")
}

// TestNgram makes the golden vectors of routeiq/ngram-1 again.
func TestNgram(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(envoytest.Root(t), "testdata", "ngram")
	golden, err := os.ReadFile(filepath.Join(folder, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	if python(t, folder, "ngram.py") != string(golden) {
		t.Error("golden.json is not what ngram.py writes")
	}
}

// TestReadme runs the README's commands as they stand there, and compares what the artifacts choose with LLMRouter's choices.
func TestReadme(t *testing.T) {
	t.Parallel()
	dir, saved := t.TempDir(), filepath.Join(t.TempDir(), "saved")
	if err := os.CopyFS(saved, os.DirFS(filepath.Join(reference, "llmrouter"))); err != nil {
		t.Fatal(err)
	}
	table(t, filepath.Join(saved, "train.jsonl"))
	root := envoytest.Root(t)
	for name, target := range map[string]string{
		"examples": filepath.Join(root, "examples"), ".venv": filepath.Join(root, ".venv"), "saved": saved,
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "EMBEDDINGS_URL="+embeddings(t))
	commands := readmetest.Commands(t, "README.md")
	if len(commands) != 6 {
		t.Fatalf("the README has %d blocks of commands, expected 6", len(commands))
	}
	for _, command := range commands {
		readmetest.Run(t, dir, env, command)
	}
	out := python(t, ".", "testdata/parity.py", saved, filepath.Join(dir, "build", "artifacts"))
	if got := strings.Count(out, "250 of 250 equal"); got != 6 || !strings.Contains(out, "graphrouter: 20 of 20 equal") {
		t.Errorf("expected 6 routers that choose as LLMRouter in 250 rows and one in 20:\n%s", out)
	}
}

// table writes the 1,200 queries that the routers were trained on, in the form they were trained from.
func table(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(reference, "routing-data", "train.json"))
	if err != nil {
		t.Fatal(err)
	}
	var queries []struct {
		Question string
		Scores   json.RawMessage
	}
	if err := json.Unmarshal(text, &queries); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	out := json.NewEncoder(&lines)
	for _, q := range queries[:1200] {
		scores := json.NewDecoder(bytes.NewReader(q.Scores)) // in the file's order, which a map does not keep
		if _, err := scores.Token(); err != nil {
			t.Fatal(err)
		}
		for scores.More() {
			model, err := scores.Token()
			performance, err2 := scores.Token()
			row := map[string]any{"query": q.Question, "model_name": model, "performance": performance}
			if err := errors.Join(err, err2, out.Encode(row)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// embeddings serves vectors that tell long prompts from short ones, in another order than asked for.
func embeddings(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || r.URL.Path != "/v1/embeddings" {
			http.Error(w, fmt.Sprint(r.URL.Path, err), http.StatusBadRequest)
			return
		}
		data := []any{}
		for i := len(request.Input) - 1; i >= 0; i-- {
			data = append(data, map[string]any{"index": i, "embedding": []float64{1, float64(len(request.Input[i])) / 100}})
		}
		json.NewEncoder(w).Encode(map[string]any{"data": data}) //nolint:errcheck // the client sees it
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1/embeddings"
}
