//go:build !wasip1

package shell

import "time"

// nowMS is the clock of native tests: Unix time in milliseconds.
func nowMS() int64 { return time.Now().UnixMilli() }
