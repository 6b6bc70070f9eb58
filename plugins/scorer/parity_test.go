package scorer

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/strategy"
)

// What LLMRouter decided, and the routers it decided with, are beside the checkout; their README says how they were made.
const (
	reference = "../../../shared/reference/llmrouter"
	python    = "../../.venv/bin/python"
	exporter  = "../../examples/export"
)

// close is how far scores may be apart that differ by rounding alone: LLMRouter adds in float32.
const close = 1e-5

// routers are exported with these arguments; %s is the folder.
var routers = map[string]string{
	"knnrouter": "knnrouter %s/knnrouter.pkl",
	"svmrouter": "svmrouter %s/svmrouter.pkl",
	"mlprouter": "mlprouter %s/mlprouter.pkl --hparam %s/mlprouter.hparam.yaml --labels gemma-2-9b-it,codegemma-7b," +
		"llama-3.1-8b-instruct,qwen2.5-7b-instruct,llama3-chatqa-1.5-8b,llama-3.3-nemotron-super-49b-v1,mistral-7b-instruct-v0.3," +
		"llama3-chatqa-1.5-70b,llama-3.1-nemotron-51b-instruct",
	"mfrouter": "mfrouter %s/mfrouter.pkl --labels llama3-chatqa-1.5-8b,qwen2.5-7b-instruct,llama3-chatqa-1.5-70b," +
		"llama-3.1-nemotron-51b-instruct,mistral-7b-instruct-v0.3,gemma-2-9b-it,llama-3.1-8b-instruct,codegemma-7b," +
		"llama-3.3-nemotron-super-49b-v1",
	"elorouter":   "elorouter %s/elorouter.pkl",
	"hybrid_llm":  "hybrid_llm %s/hybrid_llm.pkl --hparam %s/hybrid_llm.hparam.yaml --labels qwen2.5-7b-instruct,llama3-chatqa-1.5-70b",
	"graphrouter": "graphrouter %s/graphrouter.pt %s/graphrouter_inputs.npz",
}

// excused are rows where another label wins by less than close, by router. There are none.
var excused = map[string][]int{}

// TestSameDecisionsAsLLMRouter: whatever an exported router chooses, LLMRouter chose.
func TestSameDecisionsAsLLMRouter(t *testing.T) {
	vectors := readNPY(t, filepath.Join(reference, "embeddings.npy"), 768)
	chosen := decisions(t)
	for name, arguments := range routers {
		t.Run(name, func(t *testing.T) {
			want := chosen[name]
			if len(want) != 250 && (name != "graphrouter" || len(want) != 20) {
				t.Fatalf("%d decisions", len(want))
			}
			m := exported(t, arguments)
			s, err := New(m.Manifest, m.Tensors)
			if err != nil {
				t.Fatal(err)
			}
			out := make([]float64, len(m.Manifest.Labels))
			var differ []int
			for row, label := range want {
				s.Score(&Query{Vector: vectors[row]}, out)
				best, _ := Best(out)
				if m.Manifest.Labels[best] == label {
					continue
				}
				theirs := slices.Index(m.Manifest.Labels, label)
				if theirs < 0 || out[best]-out[theirs] >= close {
					t.Errorf("row %d: %s, LLMRouter chose %s; the scores are %v", row, m.Manifest.Labels[best], label, out)
				}
				differ = append(differ, row)
			}
			if !slices.Equal(differ, excused[name]) {
				t.Errorf("rows %v differ, expected %v", differ, excused[name])
			}
		})
	}
}

// decisions are what LLMRouter chose for each row, by router.
func decisions(t *testing.T) map[string][]string {
	t.Helper()
	chosen := map[string][]string{}
	for line := range bytes.Lines(referenceFile(t, "decisions.jsonl")) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		for name, label := range row {
			if label, ok := label.(string); ok {
				chosen[name] = append(chosen[name], label)
			}
		}
	}
	var graph []string
	if err := json.Unmarshal(referenceFile(t, "decisions_graphrouter.json"), &graph); err != nil {
		t.Fatal(err)
	}
	chosen["graphrouter"] = graph
	return chosen
}

// TestSameSizesAsLLMRouter: smallest_llm and largest_llm are strategies that need no artifact. Of models of one size LLMRouter takes the
// first of its file, RouteIQ one by chance: the sizes are the same.
func TestSameSizesAsLLMRouter(t *testing.T) {
	var models map[string]struct{ Size string }
	if err := json.Unmarshal(referenceFile(t, "llm.json"), &models); err != nil {
		t.Fatal(err)
	}
	var candidates []abi.Candidate
	size := map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		billions, err := strconv.ParseFloat(strings.TrimSuffix(models[name].Size, "B"), 64)
		if err != nil {
			t.Fatal(err)
		}
		size[name] = billions
		d := &abi.Deployment{ID: name, Model: name, Size: billions}
		candidates = append(candidates, abi.Candidate{Deployment: d})
	}
	chosen := decisions(t)
	for name, strategy := range map[string]strategy.BySize{"smallest_llm": {}, "largest_llm": {Largest: true}} {
		if len(chosen[name]) != 250 {
			t.Errorf("%s: %d decisions", name, len(chosen[name]))
		}
		for row, want := range chosen[name] {
			got := candidates[strategy.Pick(&abi.Request{Seed: uint64(row) * 0x9e3779b97f4a7c15}, candidates)].Model
			if size[got] != size[want] {
				t.Errorf("row %d: %s chose %s, LLMRouter %s", row, name, got, want)
			}
		}
	}
}

func referenceFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(reference, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// exported runs the exporter, as its users do.
func exported(t *testing.T, arguments string) *artifact.Model {
	t.Helper()
	out := filepath.Join(t.TempDir(), "artifact")
	args := append([]string{exporter}, strings.Fields(strings.ReplaceAll(arguments, "%s", reference))...)
	run := exec.Command(python, append(args, "--allow-pickle", "--out", out)...)
	if text, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s\nthe environment is made by `make venv`", run.Args, err, text)
	}
	return load(t, out)
}

// load reads an artifact from its folder.
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
