// Package conformance is the kit that proves three engines alike: the plain core, the host and a real Envoy. A scenario is
// a file of testdata/scenarios: a LiteLLM configuration, and calls with what is expected of each. Run plays every scenario
// on an Engine; the README beside the scenarios is the language they are written in.
//
// What holds of every answer, whatever the scenario is about, is checked without being asked for: see invariants.go.
package conformance
