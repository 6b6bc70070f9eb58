// Package conformance proves that the host does what the scenarios say and decides what the plain core decides. It holds
// tests only.
package conformance
