package agent

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/routeiq/routeiq/host/vm"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// The modules that proxies run: this release's, and that of a release before it, which lacks a strategy.
const (
	released = "../../plugins/cmd/routeiq"
	older    = "testdata/older"
)

// modules are compiled once for all tests, outside of every bubble.
var modules struct {
	mu sync.Mutex
	by map[string]*vm.Module
}

// module compiles the module whose main package is in dir.
func module(t *testing.T, dir string) *vm.Module {
	t.Helper()
	modules.mu.Lock()
	defer modules.mu.Unlock()
	if m := modules.by[dir]; m != nil {
		return m
	}
	m, err := vm.Compile(context.Background(), vmtest.Build(t, dir), vm.Options{NoCache: true})
	if err != nil {
		t.Fatal(err)
	}
	if modules.by == nil {
		modules.by = map[string]*vm.Module{}
	}
	modules.by[dir] = m
	return m
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		code := m.Run()
		for dir, m := range modules.by {
			if err := m.Close(context.Background()); err != nil {
				fmt.Fprintln(os.Stderr, dir, err)
				code = 1
			}
		}
		return code
	}())
}
