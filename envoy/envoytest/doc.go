// Package envoytest runs a real Envoy for tests: it finds the binary, starts it with a configuration as it is, waits until
// it is ready, gives its statistics and log lines, and stops it. It also builds the modules such a configuration names.
//
// Nothing skips: a test without an Envoy fails and says how to get one.
package envoytest
