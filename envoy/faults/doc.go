// Package faults holds what shows that nothing an upstream does hurts a client more than it must: the fault matrix, its tests,
// which write docs/failures.md, and, below it, the programs of `make outage` and `make soak`.
package faults
