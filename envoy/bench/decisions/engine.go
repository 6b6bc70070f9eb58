package decisions

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/envoy/bench/decide"
	"github.com/routeiq/routeiq/plugins/store"
)

// engine is something that runs the core.
type engine struct {
	name    string
	module  bool // it runs it as WebAssembly, in a heap that is nobody else's
	measure func(context.Context, decide.Case) (decide.Result, error)
	stop    func(context.Context) error
}

// The engines' names.
const (
	native = "native Go"
	wazero = "wazero"
	v8     = "Envoy's V8"
)

// startNative is this process, with a store in its memory.
func startNative() *engine {
	return &engine{
		name:    native,
		measure: func(_ context.Context, c decide.Case) (decide.Result, error) { return decide.Run(c, &store.Map{}) },
		stop:    func(context.Context) error { return nil },
	}
}

// Package is the module that answers with what a decision costs.
const Package = "github.com/routeiq/routeiq/envoy/bench/testdata/decide"

// build compiles the module into a folder.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "decide.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-buildmode=c-shared", "-o", path, Package)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", Package, err, out)
	}
	return path, nil
}

// caseWithin is how long one case may take: far more than any does.
const caseWithin = time.Minute

// askAt measures in a proxy that runs the module at an address.
func askAt(address string) func(context.Context, decide.Case) (decide.Result, error) {
	client := &http.Client{Timeout: caseWithin, Transport: &http.Transport{}}
	return func(ctx context.Context, c decide.Case) (r decide.Result, err error) {
		query := url.Values{
			"strategy": {c.Strategy}, "candidates": {strconv.Itoa(c.Candidates)}, "rounds": {strconv.Itoa(c.Rounds)}, "batches": {strconv.Itoa(c.Batches)},
			"shape": {strconv.Itoa(c.Shape)}, "prompt": {strconv.Itoa(c.Prompt)},
		}
		at := "http://" + address + "/?" + query.Encode()
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return r, err
		}
		answer, err := client.Do(q)
		if err != nil {
			return r, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return r, err
		}
		if answer.StatusCode != http.StatusOK {
			return r, fmt.Errorf("%s: %d %.300q", at, answer.StatusCode, body)
		}
		if err := json.Unmarshal(body, &r); err != nil {
			return r, fmt.Errorf("%s: %w: %.300q", at, err, body)
		}
		return r, nil
	}
}
