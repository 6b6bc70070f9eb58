package vm

import (
	"fmt"
	"os"
	"testing"
)

var sharedCache string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "routeiq-vm-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		sharedCache = dir
		code := m.Run()
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}
