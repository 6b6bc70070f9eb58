package xds

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"google.golang.org/protobuf/proto"
)

// kinds are what is served.
var kinds = []string{resource.ClusterType, resource.ListenerType, resource.RouteType, resource.ExtensionConfigType, resource.SecretType}

// item is a resource with the hash of its contents.
type item struct {
	name    string
	version string
	message proto.Message
}

func newItem(name string, m proto.Message) (*item, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("xds: resource %q: %w", name, err)
	}
	// The library makes a version of its own of what it sends: it must be this one.
	return &item{name, cache.HashResource(text), m}, nil
}

// kind is all resources of a kind. It is not changed once it is made.
type kind struct {
	version  string
	messages map[string]types.Resource
	timed    map[string]types.ResourceWithTTL
	versions map[string]string
}

func newKind(items ...*item) *kind {
	k := &kind{messages: make(map[string]types.Resource, len(items)), versions: make(map[string]string, len(items))}
	for _, i := range items {
		k.messages[i.name], k.versions[i.name] = i.message, i.version
	}
	return k.hashed()
}

func (k *kind) hashed() *kind {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(k.versions)) {
		fmt.Fprintf(sum, "%q %s\n", name, k.versions[name])
	}
	k.version = hex.EncodeToString(sum.Sum(nil)[:12])
	k.timed = make(map[string]types.ResourceWithTTL, len(k.messages))
	for name, m := range k.messages {
		k.timed[name] = types.ResourceWithTTL{Resource: m}
	}
	return k
}

// with returns the kind with further resources, which win.
func (k *kind) with(items ...*item) *kind {
	more := &kind{messages: maps.Clone(k.messages), versions: maps.Clone(k.versions)}
	for _, i := range items {
		more.messages[i.name], more.versions[i.name] = i.message, i.version
	}
	return more.hashed()
}

// snapshot is what one Envoy is served, by kind.
type snapshot map[string]*kind

var _ cache.ResourceSnapshot = snapshot{}

// GetVersion implements cache.ResourceSnapshot.
func (s snapshot) GetVersion(typeURL string) string {
	if k := s[typeURL]; k != nil {
		return k.version
	}
	return ""
}

// GetResources implements cache.ResourceSnapshot.
func (s snapshot) GetResources(typeURL string) map[string]types.Resource {
	if k := s[typeURL]; k != nil {
		return k.messages
	}
	return nil
}

// GetResourcesAndTTL implements cache.ResourceSnapshot.
func (s snapshot) GetResourcesAndTTL(typeURL string) map[string]types.ResourceWithTTL {
	if k := s[typeURL]; k != nil {
		return k.timed
	}
	return nil
}

// GetVersionMap implements cache.ResourceSnapshot.
func (s snapshot) GetVersionMap(typeURL string) map[string]string {
	if k := s[typeURL]; k != nil {
		return k.versions
	}
	return nil
}

// ConstructVersionMap implements cache.ResourceSnapshot: versions are there from the beginning.
func (s snapshot) ConstructVersionMap() error { return nil }

// same tells whether two snapshots hold the same.
func (s snapshot) same(other snapshot) bool {
	return maps.EqualFunc(s, other, func(a, b *kind) bool { return a.version == b.version })
}
