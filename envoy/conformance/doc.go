// Package conformance proves that a real Envoy, with the file that routeiq-agent prints for it, unedited, does what the
// scenarios say and decides what the plain core decides. It holds tests only.
package conformance
