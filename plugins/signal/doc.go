// Package signal is what a proxy learns of its deployments from the outcomes of attempts: how many are under way, how fast
// and how long answers are, what they used, and sums of a strategy's own.
//
// A worker writes what it learned into memory of its own, and once a second what changed of it into shared data, under keys
// no other worker writes (see share.go). So nothing is contended, and a decision reads memory alone: what a worker did
// itself is in it at once, what the others did as of their last tick and this one's.
//
//	deployment's record = own state ⊕ sum of the others' states → abi.Signals
package signal
