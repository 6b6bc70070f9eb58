// Command routeiq is the WebAssembly module with all roles; a plugin's configuration names the one it plays.
// Build it with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared.
package main

import (
	"github.com/routeiq/routeiq/plugins/shell"
	"github.com/routeiq/routeiq/plugins/strategy"
)

func init() { shell.Register(strategy.Registry()) }

func main() {}
