package conformance

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// asked are prompts and the tier they are of. None is one of those that the centers are made of.
var asked = []struct{ prompt, tier string }{
	{"What is the capital of Norway?", "simple"},
	{"How many minutes are in a week?", "simple"},
	{"Spell the word necessary.", "simple"},
	{"Design a sharded, fault-tolerant job queue with exactly-once semantics and analyse how it fails when the network is split.", "complex"},
	{"Refactor this service into event-sourced modules, and plan the migration of its database without downtime.", "complex"},
	{"Derive the gradient of the loss of a variational autoencoder and show why the reparameterisation lowers its variance.", "complex"},
}

// RunMiniLM asks an engine for decisions by centers of real embeddings: those of all-MiniLM-L6-v2, which a server answers while requests
// wait, and of which the centers are made of our own prompts.
func RunMiniLM(t *testing.T, e Engine, o Options) {
	url := startMiniLM(t)
	folder := t.TempDir()
	export := func(args ...string) {
		t.Helper()
		command := exec.Command(pythonOf(t), append([]string{filepath.Join(Root(t), "examples", "export")}, args...)...)
		if text, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, text)
		}
	}
	const id = "sentence-transformers/all-MiniLM-L6-v2"
	export("centroids", "--url", url+"/v1/embeddings", "--model", "all-MiniLM-L6-v2", "--out", folder)
	export("centroid", "--encoder-id", id, "--dimension", "384", "--normalize", "--out", filepath.Join(folder, "centers"),
		filepath.Join(folder, "simple_centroid.npy"), filepath.Join(folder, "complex_centroid.npy"))
	config := fmt.Sprintf(`
model_list:
  - {model_name: auto, litellm_params: {model: openai/gpt-4o-mini, mock_response: small}, model_info: {id: simple}}
  - {model_name: auto, litellm_params: {model: openai/gpt-4o, mock_response: large}, model_info: {id: complex}}
routing:
  encoder: {api_base: %q, model: all-MiniLM-L6-v2, id: %s, timeout: 30}
  groups:
    auto: {routing_strategy: llmrouter-nadirclaw-centroid, routing_strategy_args: {artifact: %q}}
`, url, id, filepath.Join(folder, "centers"))
	session, err := e.Load(Setup{Config: []byte(config), Workers: o.Workers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, c := range asked {
		call := &Call{
			ID: fmt.Sprintf("minilm-%d", i), Method: http.MethodPost, API: abi.APIChat, Path: abi.APIChat.Path(), Model: "auto", Times: 1, Leaves: keep,
			Body:   fmt.Appendf(nil, `{"model":"auto","messages":[{"role":"user","content":%q}]}`, c.prompt),
			Header: [][2]string{{"content-type", "application/json"}},
		}
		if answer, err := session.Do(t.Context(), call); err != nil || answer.Status != http.StatusOK {
			t.Fatalf("%s: %v, %+v", c.prompt, err, answer)
		}
		text, err := session.Line(t.Context(), call.ID)
		if err != nil {
			t.Fatal(err)
		}
		line, err := ParseLine(text)
		if err != nil {
			t.Fatal(err)
		}
		if line.Abstains != "" || line.made() != c.tier+"=ok" {
			t.Errorf("%s: %s, expected %s", c.prompt, text, c.tier)
		}
	}
}

// startMiniLM starts the encoder and returns its address.
func startMiniLM(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, pythonOf(t), filepath.Join(Root(t), "testdata", "minilm", "server.py"))
	command.Env, command.Stderr = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = command.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the encoder did not start: %v", err)
	}
	return strings.TrimSpace(line)
}
