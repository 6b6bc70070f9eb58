// Package publish says what it means to bring a revision to proxies. How it is done is in the packages below: to Envoys over
// xDS, to hosts over HTTP, and as one static file.
package publish

import (
	"context"
	"time"

	"github.com/routeiq/routeiq/abi"
)

// Publication is one revision, compiled: what all proxies of a fleet shall run.
type Publication struct {
	Revision    string // abi.Config.Revision
	Config      abi.Config
	Clusters    []abi.Cluster
	CORS        abi.CORS
	Credentials []abi.Credential // with what the environment of the agent gives: it never leaves for a log
}

// Publisher brings publications to proxies. Publish returns when the publication is offered to every node that is connected,
// and to each that will be; whether a node runs it is told to Nodes. The last one published is what is served.
type Publisher interface {
	Publish(ctx context.Context, p *Publication) error
}

// Kind is what a node is.
type Kind string

// The kinds.
const (
	Envoy Kind = "envoy"
	Host  Kind = "host"
)

// Nodes is told what becomes of publications at the nodes of a fleet. Implementations are safe for concurrent use.
type Nodes interface {
	Sent(node string, kind Kind, revision string, at time.Time)        // it was offered
	Accepted(node string, revision string, at time.Time)               // the proxy took it (Envoy: every resource acknowledged)
	Refused(node string, revision string, reason string, at time.Time) // the proxy refused it (Envoy: NACK)
	Gone(node string, at time.Time)                                    // its connection ended
	Reported(r *abi.Report, at time.Time)                              // its module says what it runs
}
