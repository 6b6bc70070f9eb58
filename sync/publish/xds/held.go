package xds

import (
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
)

// held is what an Envoy has acknowledged on a stream.
type held interface {
	// all tells whether it has acknowledged a snapshot, every resource of it.
	all(snapshot) bool
}

// heldDelta is that of a stream that tells of changes: the version of each resource, by kind.
type heldDelta map[string]map[string]string

func (h heldDelta) all(s snapshot) bool {
	for kind, k := range s {
		has := h[kind]
		if len(has) < len(k.versions) {
			return false
		}
		for name, version := range k.versions {
			if has[name] != version {
				return false
			}
		}
	}
	return true
}

// heldWhole is that of a stream that tells the state of the world: a version of all, and the names that it was asked by.
type heldWhole map[string]acknowledged

type acknowledged struct {
	version string
	names   map[string]bool
}

func (h heldWhole) all(s snapshot) bool {
	for kind, k := range s {
		has := h[kind]
		if has.version != k.version {
			// A kind without any resource is not asked for.
			if len(k.versions) == 0 {
				continue
			}
			return false
		}
		if kind == resource.ClusterType || kind == resource.ListenerType {
			continue // asked for without names
		}
		for name := range k.versions {
			if !has.names[name] {
				return false
			}
		}
	}
	return true
}
