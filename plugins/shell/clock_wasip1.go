//go:build wasip1

package shell

import "unsafe"

// clockTimeGet is WASI's clock. time.Now asks it twice, for the wall clock and the monotonic one, and each asking is a
// host call of 0.4 µs: a request has five times to tell.
//
//go:wasmimport wasi_snapshot_preview1 clock_time_get
//go:noescape
func clockTimeGet(id uint32, precision uint64, nanoseconds unsafe.Pointer) uint32

const realtime = 0 // CLOCK_REALTIME

// nowMS is the proxy's clock: Unix time in milliseconds. The core never reads it, it gets the time as an argument.
func nowMS() int64 {
	var nanoseconds uint64
	if clockTimeGet(realtime, 1_000_000, unsafe.Pointer(&nanoseconds)) != 0 {
		panic("the proxy has no clock")
	}
	return int64(nanoseconds / 1_000_000)
}
