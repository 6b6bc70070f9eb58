package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/migrate"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/revision"
	"github.com/routeiq/routeiq/sync/source"
)

// build brings a revision as it came from its source to what proxies run: it migrates, parses and compiles.
func (a *Agent) build(r revision.Revision) (*loaded, error) {
	a.o.Hook(Migrate)
	text, from, to, err := migrate.Migrate(r.Source)
	if err != nil {
		return nil, failed(Migrate, err)
	}
	if from != to {
		a.log.Info("the document was brought to another version", "revision", r.ID, "from", from, "to", to)
	}
	a.o.Hook(Parse)
	name := r.From
	if name == "" {
		name = "document"
	}
	d := source.Document{Body: text, Files: r.Files}
	compiled, err := litellm.Compile(litellm.Source{Path: name, Read: d.Reader(name), Getenv: a.o.Getenv})
	if err != nil {
		return nil, failed(stepOf(err), err)
	}
	a.o.Hook(Compile)
	if a.o.KeysElsewhere {
		compiled.AssumeSet()
	}
	if compiled.Config.ReportMS == 0 {
		compiled.Config.ReportMS = a.o.ReportMS
	}
	encoded, err := json.Marshal(compiled.Config)
	if err != nil {
		return nil, failed(Compile, err)
	}
	if _, err := abi.Parse(encoded); err != nil {
		return nil, failed(Compile, err)
	}
	l := &loaded{
		revision: r, document: diff.Compiled(&compiled.Config, compiled.Clusters, compiled.Credentials),
		Publication: &publish.Publication{
			Revision: compiled.Config.Revision, Config: compiled.Config, Clusters: compiled.Clusters, Credentials: compiled.Credentials,
			CORS: compiled.CORS,
		},
	}
	for _, g := range compiled.Config.Groups {
		l.models += len(g.Deployments)
	}
	sum := sha256.Sum256(r.Source)
	l.hash = hex.EncodeToString(sum[:8])
	for _, w := range compiled.Warnings {
		a.log.Debug("the configuration has something worth knowing", "revision", r.ID, "warning", w.String())
	}
	return l, nil
}

// Build brings a document to what proxies would run, as for a revision, and does nothing with it.
func (a *Agent) Build(d source.Document) (*publish.Publication, error) {
	l, err := a.build(revision.Revision{ID: revision.ID(d.Body, d.Files), Source: d.Body, Files: d.Files, From: a.o.Source})
	if err != nil {
		return nil, err
	}
	return l.Publication, nil
}

// stepOf tells whether a document cannot be read at all, or says something that cannot be. A problem without a path is one of the
// whole file; a missing model_list is what a file that was cut has.
func stepOf(err error) Step {
	var problems litellm.Problems
	if !errors.As(err, &problems) {
		return Parse
	}
	for _, p := range problems {
		if p.Path == "" || p.Path == "model_list" && strings.HasPrefix(p.Message, "is missing") {
			return Parse
		}
	}
	return Compile
}
