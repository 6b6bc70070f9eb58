//go:build !linux

package vm

import "github.com/tetratelabs/wazero/experimental"

// reserve makes the linear memory of one VM.
func reserve(_, limit uint64) experimental.LinearMemory { return &heapMemory{limit: limit} }
