package doctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Module is a module's file: what it is, and what crosses its border.
type Module struct {
	Origin  string
	SHA256  string   // hex
	Imports []string // functions it imports, sorted
	Exports []string // functions it exports, sorted
}

// marker is the export that says which ABI a module speaks.
const marker = "proxy_abi_version_0_2_0"

// ReadModule reads a WebAssembly module.
func ReadModule(ctx context.Context, name string, content []byte) (*Module, error) {
	sum := sha256.Sum256(content)
	m := &Module{Origin: name, SHA256: hex.EncodeToString(sum[:])}
	// The interpreter: nothing is run, and translating the code for the machine would take seconds.
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer func() { _ = runtime.Close(ctx) }() // there is nothing left to lose
	compiled, err := runtime.CompileModule(ctx, content)
	if err != nil {
		return nil, fmt.Errorf("is no WebAssembly module: %w", err)
	}
	for _, f := range compiled.ImportedFunctions() {
		_, function, _ := f.Import()
		m.Imports = append(m.Imports, function)
	}
	m.Exports = keys(compiled.ExportedFunctions())
	slices.Sort(m.Imports)
	m.Imports = slices.Compact(m.Imports)
	if !slices.Contains(m.Exports, marker) {
		return nil, errors.New("does not export " + marker + ": it is no proxy-wasm module of ABI 0.2.0; expected routeiq.wasm as `make build` makes it")
	}
	return m, nil
}

func keys(m map[string]api.FunctionDefinition) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
