// Package dryrun tries publications with the real module before they are offered to a proxy: the module takes the document, and
// decides a request for each group.
package dryrun

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/publish"
)

// DryRun tries publications in a host of its own that serves nobody. No attempt goes anywhere, because that host has no upstream.
type DryRun struct {
	// Warn gets what is no reason to refuse a publication and should be known; nil: nobody.
	Warn func(text string)

	options   host.Options
	host      *host.Host // made with the first
	decisions decisions
	passed    string // revision of the document that passed last
}

// New returns a dry run with the module that the options of a host name; its worker, its node and its decision log are its own.
// The host is made with the first publication that is tried.
func New(options host.Options) *DryRun {
	d := &DryRun{options: options}
	d.options.Concurrency, d.options.NodeID, d.options.DecisionLog = 1, "dry-run", &d.decisions
	return d
}

// maxAtOnce bounds the groups whose decisions are waited for together.
const maxAtOnce = 200

// Try is for agent.Options.DryRun. It is not safe for concurrent use. Groups that did not change, where no other setting did,
// are not asked again.
func (d *DryRun) Try(ctx context.Context, p *publish.Publication, changes *diff.Result) error {
	// All that differs from what proxies get is one more client key, where keys are asked for, and that no cluster is there.
	tried := host.Config{Document: p.Config, Credentials: p.Credentials}
	key := admit(&tried.Document)
	if err := d.take(ctx, tried); err != nil {
		return fmt.Errorf("the module does not take the document: %w", err)
	}
	if err := tryEncoder(ctx, p, warning(d.Warn)); err != nil {
		return err
	}
	groups := p.Config.Groups
	if d.passed != "" {
		groups = changed(groups, changes)
	}
	var errs []error
	for part := range slices.Chunk(groups, maxAtOnce) {
		errs = append(errs, d.probe(ctx, part, key))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	d.passed = p.Revision
	return nil
}

// warning is whom to tell; nil tells nobody.
func warning(warn func(text string)) func(text string) {
	if warn == nil {
		return func(string) {}
	}
	return warn
}

// admit adds a client's key to a document, where keys are asked for.
func admit(c *abi.Config) (key string) {
	key = rand.Text()
	if len(c.ClientKeys) > 0 {
		sum := sha256.Sum256([]byte(key))
		c.ClientKeys = append(slices.Clone(c.ClientKeys), hex.EncodeToString(sum[:]))
	}
	return key
}

// take gives a configuration to the module.
func (d *DryRun) take(ctx context.Context, c host.Config) error {
	if d.host != nil {
		return d.host.Swap(ctx, c)
	}
	h, err := host.New(ctx, d.options, c)
	if err != nil {
		return err
	}
	d.host = h
	return nil
}

// Close ends the host.
func (d *DryRun) Close(ctx context.Context) error {
	if d.host == nil {
		return nil
	}
	return d.host.Close(ctx)
}

// changed are the groups that a change touches; all of them, where it touches what is of more than one.
func changed(groups []abi.ModelGroup, changes *diff.Result) []abi.ModelGroup {
	names := map[string]bool{}
	for _, p := range changes.Settings {
		name, ok := strings.CutPrefix(p.Path, "groups[")
		if !ok {
			return groups
		}
		names[name[:strings.LastIndex(name, "]")]] = true
	}
	for _, e := range changes.Added {
		names[e.ModelName] = true
	}
	for _, e := range changes.Removed {
		names[e.ModelName] = true
	}
	for _, c := range changes.Changed {
		names[c.ModelName] = true
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g abi.ModelGroup) bool { return !names[g.Name] })
}
