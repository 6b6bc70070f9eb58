// Package envoy proves what the rendered configuration does in a real Envoy, and keeps what Envoy itself does known: its
// tests run a small guest module in the place of ours, so that a failure tells whose it is. The version under test
// stands in the file VERSION.
package envoy
