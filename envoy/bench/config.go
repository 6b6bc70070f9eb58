package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Names in the configurations.
const (
	group         = "chat"           // what clients ask for
	upstreamModel = "bench-upstream" // what the provider is asked for: of another length, so bodies are rewritten
	deployments   = 20
	keyVariable   = "ROUTEIQ_BENCH_KEY"
	keyValue      = "sk-bench-of-the-provider"
	// refusing is where nothing listens: port 1 is no port of any service of today.
	refusing = "127.0.0.1:1"
)

// deployment writes an element of model_list.
func deployment(b *strings.Builder, name, model, address, id, more string) {
	fmt.Fprintf(b, "- model_name: %s\n  litellm_params:\n    model: openai/%s\n    api_base: http://%s/v1\n    api_key: os.environ/%s\n%s  model_info: {id: %s}\n",
		name, model, address, keyVariable, more, id)
}

// twenty is a group of twenty deployments, all at the same provider.
func twenty(name, address string) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i := range deployments {
		deployment(&b, name, upstreamModel, address, fmt.Sprintf("d%02d", i+1), "")
	}
	return b.String() + "router_settings: {routing_strategy: simple-shuffle}\n"
}

// dead is a group whose first deployment refuses.
func dead(address string) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	deployment(&b, group, upstreamModel, refusing, "dead", "    order: 1\n")
	deployment(&b, group, upstreamModel, address, "good", "    order: 2\n")
	return b.String()
}

// render has the agent make Envoy's file.
func (b *bench) render(ctx context.Context, config string, listen, admin string) ([]byte, error) {
	module, err := filepath.Abs(b.wasm)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.agent, "render", config, "--listen", listen, "--envoy-admin", admin, "--module", module)
	cmd.Env = append(cmd.Environ(), keyVariable+"="+keyValue)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	file, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s render %s: %w", b.agent, config, err), errors.New(stderr.String()))
	}
	return file, nil
}
