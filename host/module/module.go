// Package module carries routeiq.wasm inside the host's binary. The build puts the file here before it builds the host.
package module

import (
	"embed"
	"errors"
)

// The pattern also matches the note that is always there, so that everything else of the repository builds, is vetted
// and tested before the module was ever built.
//
//go:embed routeiq.wasm*
var files embed.FS

// ErrMissing says that the binary was built without the module.
var ErrMissing = errors.New("this binary was built without routeiq.wasm: build it with `make build`, or name a module with --module")

// Wasm returns the module.
func Wasm() ([]byte, error) {
	wasm, err := files.ReadFile("routeiq.wasm")
	if err != nil {
		return nil, ErrMissing
	}
	return wasm, nil
}
