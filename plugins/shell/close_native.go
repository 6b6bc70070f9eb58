//go:build !wasip1

package shell

// closeStream cannot be had in native tests: the SDK's emulator has no such call.
func closeStream() { panic("proxy_close_stream is not emulated") }
