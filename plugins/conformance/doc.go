// Package conformance runs the scenarios of abi/conformance on the plain core: no proxy, no module, no network, only the
// functions that decide, with a clock that moves when a scenario says so. It also makes logged decisions again, for the
// proofs that the host and Envoy decide alike.
package conformance
