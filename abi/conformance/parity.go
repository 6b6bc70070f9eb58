package conformance

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// parityEncoder is what artifacts of LLMRouter say made their vectors.
const parityEncoder = "allenai/longformer-base-4096"

// router is one of LLMRouter's routers, whose decisions are compared.
type router struct {
	name     string   // LLMRouter's
	strategy string   // ours
	export   []string // its files and options; none: the strategy needs no artifact
	rows     int      // decided by it; 0: all
}

// Orders of labels that are not in the files of these routers; they are stated beside the reference data.
const (
	mlpLabels = "gemma-2-9b-it,codegemma-7b,llama-3.1-8b-instruct,qwen2.5-7b-instruct,llama3-chatqa-1.5-8b,llama-3.3-nemotron-super-49b-v1," +
		"mistral-7b-instruct-v0.3,llama3-chatqa-1.5-70b,llama-3.1-nemotron-51b-instruct"
	mfLabels = "llama3-chatqa-1.5-8b,qwen2.5-7b-instruct,llama3-chatqa-1.5-70b,llama-3.1-nemotron-51b-instruct,mistral-7b-instruct-v0.3," +
		"gemma-2-9b-it,llama-3.1-8b-instruct,codegemma-7b,llama-3.3-nemotron-super-49b-v1"
)

var routers = []router{
	{name: "knnrouter", strategy: "llmrouter-knn", export: []string{"knnrouter.pkl"}},
	{name: "svmrouter", strategy: "llmrouter-svm", export: []string{"svmrouter.pkl"}},
	{name: "mlprouter", strategy: "llmrouter-mlp", export: []string{"mlprouter.pkl", "--labels", mlpLabels, "--hparam", "mlprouter.hparam.yaml"}},
	{name: "mfrouter", strategy: "llmrouter-mf", export: []string{"mfrouter.pkl", "--labels", mfLabels}},
	{name: "elorouter", strategy: "llmrouter-elo", export: []string{"elorouter.pkl"}},
	{name: "hybrid_llm", strategy: "llmrouter-hybrid", export: []string{"hybrid_llm.pkl", "--hparam", "hybrid_llm.hparam.yaml", "--llm", "llm.json"}},
	{name: "graphrouter", strategy: "llmrouter-graph", export: []string{"graphrouter.pt", "graphrouter_inputs.npz"}, rows: 20},
	{name: "smallest_llm", strategy: "llmrouter-smallest"},
	{name: "largest_llm", strategy: "llmrouter-largest"},
}

// parityMargin is by how little another choice may be worse: sums in single precision differ by so much between machines.
const parityMargin = 1e-5

// RunParity asks an engine for every decision that LLMRouter itself made, of the reference data beside the checkout: the artifacts are
// those its files are exported to, and the vectors come from an encoder. Every row must be decided alike; where it is not, the two
// models score alike to parityMargin, and the row is logged.
func RunParity(t *testing.T, e Engine, o Options) {
	reference := filepath.Join(Root(t), "..", "shared", "reference", "llmrouter")
	if _, err := os.Stat(reference); err != nil {
		t.Fatalf("LLMRouter's decisions are not there: %v", err)
	}
	vectors := readVectors(t, filepath.Join(reference, "embeddings.npy"))
	decisions := readDecisions(t, reference)
	config := parityConfig(t, reference)
	w, err := single(&Scenario{Name: "parity", Config: config}).build(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	w.byScenario["parity"]["e"].Embed(func(text string) []float32 {
		n, err := strconv.Atoi(strings.TrimPrefix(text, "row "))
		if err != nil || n >= len(vectors) {
			return nil
		}
		return vectors[n]
	})
	session, err := e.Load(Setup{Config: w.config, Workers: o.Workers, Upstreams: w.byAddress})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range routers {
		t.Run(r.name, func(t *testing.T) {
			n := len(vectors)
			if r.rows > 0 {
				n = r.rows
			}
			for row := range n {
				r.ask(t, session, row)
			}
			for row := range n { // their lines come a little later
				r.compare(t, session, row, decisions[r.name][row])
			}
		})
	}
}

func (r *router) id(row int) string { return fmt.Sprintf("parity-%s-%d", r.name, row) }

// ask asks for one decision.
func (r *router) ask(t *testing.T, session Session, row int) {
	t.Helper()
	call := &Call{
		ID: r.id(row), Method: http.MethodPost, API: abi.APIChat, Path: abi.APIChat.Path(), Model: r.name, Times: 1, Leaves: keep,
		Body:   fmt.Appendf(nil, `{"model":%q,"messages":[{"role":"user","content":"row %d"}]}`, r.name, row),
		Header: [][2]string{{"content-type", "application/json"}},
	}
	answer, err := session.Do(t.Context(), call)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("row %d: %v, %+v", row, err, answer)
	}
}

// compare compares one decision with LLMRouter's.
func (r *router) compare(t *testing.T, session Session, row int, want string) {
	t.Helper()
	text, err := session.Line(t.Context(), r.id(row))
	if err != nil {
		t.Fatal(err)
	}
	line, err := ParseLine(text)
	if err != nil {
		t.Fatal(err)
	}
	if line.Abstains != "" || len(line.Attempts) == 0 {
		t.Fatalf("row %d was not decided by the model: %s", row, text)
	}
	got := line.Attempts[0].UpstreamModel
	if got == want {
		return
	}
	score := func(model string) float64 {
		for _, s := range line.Seen {
			if s.Deployment == r.name+"-"+model {
				return s.Score
			}
		}
		return math.Inf(-1)
	}
	if r.export == nil && slices.Contains(tied, got) && slices.Contains(tied, want) {
		return // sizes that are alike: LLMRouter takes the first of its file, here they share requests
	}
	if margin := score(got) - score(want); margin > parityMargin {
		t.Errorf("row %d: %s, LLMRouter chose %s, which scores less by %g", row, got, want, margin)
		return
	}
	t.Logf("row %d: %s, LLMRouter chose %s: they score alike", row, got, want)
}

// tied are the models of the smallest size.
var tied = []string{"qwen2.5-7b-instruct", "mistral-7b-instruct-v0.3", "codegemma-7b"}

// parityConfig exports the routers, and makes a configuration with a group for each.
func parityConfig(t *testing.T, reference string) []byte {
	t.Helper()
	python := pythonOf(t)
	folder := t.TempDir()
	var models, groups strings.Builder
	sizes := readSizes(t, filepath.Join(reference, "llm.json"))
	for _, r := range routers {
		labels := strings.Split(mlpLabels, ",")
		args := ""
		if r.export != nil {
			out := filepath.Join(folder, r.name)
			command := []string{filepath.Join(Root(t), "examples", "export"), r.name, "--allow-pickle", "--out", out}
			for _, arg := range r.export {
				if strings.Contains(arg, ".") && !strings.Contains(arg, ",") {
					arg = filepath.Join(reference, arg)
				}
				command = append(command, arg)
			}
			if text, err := exec.Command(python, command...).CombinedOutput(); err != nil {
				t.Fatalf("%s is not exported: %v\n%s", r.name, err, text)
			}
			args = fmt.Sprintf(", routing_strategy_args: {artifact: %q}", out)
			labels = readLabels(t, filepath.Join(out, "manifest.json"))
		}
		for _, label := range labels {
			fmt.Fprintf(&models, "  - {model_name: %s, litellm_params: {model: %q, mock_response: ok}, model_info: {id: %q, size: %q}}\n", r.name, "openai/"+label, r.name+"-"+label, sizes[label])
		}
		fmt.Fprintf(&groups, "    %s: {routing_strategy: %s%s}\n", r.name, r.strategy, args)
	}
	return fmt.Appendf(nil, "model_list:\n%srouting:\n  encoder: {api_base: \"{{e}}/v1\", id: %s, timeout: 5}\n  groups:\n%s", &models, parityEncoder, &groups)
}

func readLabels(t *testing.T, path string) []string {
	t.Helper()
	var m struct{ Labels []string }
	readJSON(t, path, &m)
	return m.Labels
}

func readSizes(t *testing.T, path string) map[string]string {
	t.Helper()
	var all map[string]struct{ Size string }
	readJSON(t, path, &all)
	sizes := map[string]string{}
	for name, m := range all {
		sizes[name] = m.Size
	}
	return sizes
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// readDecisions reads what each router chose, by row.
func readDecisions(t *testing.T, reference string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(reference, "decisions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var row map[string]any
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		for name, chosen := range row {
			if model, ok := chosen.(string); ok {
				all[name] = append(all[name], model)
			}
		}
	}
	var graph []string
	readJSON(t, filepath.Join(reference, "decisions_graphrouter.json"), &graph)
	all["graphrouter"] = graph
	return all
}

var npyShape = regexp.MustCompile(`'shape': \((\d+), (\d+)\)`)

// readVectors reads a matrix of numpy's: float32, row by row (https://numpy.org/neps/nep-0001-npy-format.html).
func readVectors(t *testing.T, path string) [][]float32 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := text[10 : 10+binary.LittleEndian.Uint16(text[8:])]
	shape := npyShape.FindSubmatch(head)
	if shape == nil || !bytes.Contains(head, []byte("'<f4'")) || bytes.Contains(head, []byte("True")) {
		t.Fatalf("%s is no matrix of float32: %s", path, head)
	}
	n, err1 := strconv.Atoi(string(shape[1]))
	d, err2 := strconv.Atoi(string(shape[2]))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(path, ": ", err)
	}
	data := text[10+len(head):]
	all := make([][]float32, n)
	for i := range all {
		for k := range d {
			all[i] = append(all[i], math.Float32frombits(binary.LittleEndian.Uint32(data[(i*d+k)*4:])))
		}
	}
	return all
}

// pythonOf is the Python of the tests' environment.
func pythonOf(t *testing.T) string {
	t.Helper()
	python := os.Getenv(EnvPython)
	if python == "" {
		python = filepath.Join(Root(t), ".venv", "bin", "python")
	}
	if _, err := os.Stat(python); err != nil {
		t.Fatalf("no Python with the client libraries at %s: run `make venv`, or set %s", python, EnvPython)
	}
	return python
}
