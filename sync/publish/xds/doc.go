// Package xds brings revisions to Envoys: an ADS server that gives listener, routes, clusters, secrets and extension
// configurations by one stream, whole or by what changed.
//
// What a revision changes is exchanged before and after its document, never under it:
//
//	make    clusters, secrets, credentials and routes of the old revision and the new one together   all acknowledged ─▶
//	swap    the new document                                                                         acknowledged ─▶ accepted
//	drain   nothing, for as long as requests of the old revision may want another attempt             ─▶
//	settle  clusters, secrets, credentials and routes of the new revision alone
//
// The listener takes part in none of it. Names carry a hash of what they stand for (see identity.go), so that a deployment that
// moves to another place is a new cluster and never the old name with another meaning: a request ends on what its revision
// meant. Versions are hashes of contents: what is equal is not sent, also not by an agent that was started again.
//
//	Publish ─▶ build.go: resources ─▶ session.go: one Envoy's way through the stages ─▶ go-control-plane's cache ─▶ stream
//	                                        ▲ callbacks.go: acknowledged, refused, gone ◀────────────────────────────┘
package xds
