package staging

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/agent"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/source"
)

// Result is what became of a trial or of a promotion.
type Result struct {
	Activation activation.Activation
	Reload     *agent.Reload // nil: nothing was promoted
}

// Stage tries what a request says for a group, and keeps it where it passes. ErrRejected comes with the activation that says why. by is
// who asks, without a secret.
func (s *Staging) Stage(ctx context.Context, group string, r Request, by string) (Result, error) {
	generation, err := s.leads()
	if err != nil {
		return Result{}, err
	}
	if s.o.Decide == nil {
		return Result{}, ErrNoModule
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	bodies, err := s.recorded(ctx, &r)
	if err != nil {
		return Result{}, err
	}
	document, others, err := s.present(ctx)
	if err != nil {
		return Result{}, err
	}
	before, err := s.build(ctx, document, others)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %s", ErrDocument, reason(err))
	}
	was := groupOf(before, group)
	if was == nil {
		return Result{}, fmt.Errorf("%w: %q is no model_name of the document, expected one of %s", ErrGroup, group, names(before))
	}
	if r.Strategy == "" {
		r.Strategy = was.Strategy.Name
	}
	args, err := json.Marshal(r.Args)
	if err != nil {
		return Result{}, err
	}
	if r.Args == nil {
		args = []byte("{}")
	}
	a := activation.Activation{Group: group, Strategy: r.Strategy, Args: args, Origin: source.RedactText(r.Artifact), By: by}
	report := Report{Requests: len(bodies)}
	content, why := s.try(ctx, &report, trial{a, r, document, others, before, bodies})
	if err := ctx.Err(); err != nil {
		return Result{}, err // who asked went away: nothing is known of the artifact
	}
	if why != "" {
		why = "artifact " + a.Origin + ": " + why
	}
	report.Problem = why
	if a.Report, err = json.Marshal(report); err != nil {
		return Result{}, err
	}
	if why != "" {
		a.Reason = why
		if a, err = s.o.Store.Reject(ctx, generation, a); err != nil {
			return Result{}, follower(err)
		}
		return Result{Activation: a}, ErrRejected
	}
	content.By = by
	if a, err = s.o.Store.Stage(ctx, generation, a, content); err != nil {
		return Result{}, follower(err)
	}
	if r.AutoPromote {
		return s.Promote(ctx, group, a.ID, by)
	}
	return Result{Activation: a}, nil
}

// trial is what is tried.
type trial struct {
	activation activation.Activation
	request    Request
	document   source.Document
	others     []activation.Choice // that are active
	before     *publish.Publication
	bodies     []json.RawMessage
}

// try compiles and decides, and tells why it is not passed; empty: it is, and this is the artifact.
func (s *Staging) try(ctx context.Context, report *Report, t trial) (content activation.Artifact, why string) {
	group := t.activation.Group
	after, err := s.build(ctx, t.document, with(t.others, activation.Choice{
		Group: group, Strategy: t.activation.Strategy, Artifact: t.request.Artifact, Args: t.activation.Args,
	}))
	if err != nil {
		return content, reason(err)
	}
	g := groupOf(after, group)
	name := g.Strategy.Args.Text("artifact")
	at := slices.IndexFunc(after.Config.Artifacts, func(a abi.Artifact) bool { return a.Name == name })
	if at < 0 {
		return content, fmt.Sprintf("strategy %q goes by no artifact: name in routing_strategy one that does (docs/strategies.md)", t.activation.Strategy)
	}
	opened := after.Config.Artifacts[at]
	numbers, err := opened.Tensors()
	if err != nil {
		return content, "the artifact's " + err.Error()
	}
	content = activation.Artifact{Digest: opened.Digest, Manifest: []byte(opened.Manifest), Numbers: numbers, Origin: t.activation.Origin}
	var manifest struct {
		Labels    []string
		Signature *struct{ Key string }
	}
	if err := json.Unmarshal(content.Manifest, &manifest); err != nil {
		return content, "the artifact's manifest: " + err.Error()
	}
	if report.Labels = manifest.Labels; manifest.Signature != nil {
		report.SignedBy = manifest.Signature.Key
	}
	was, err := s.o.Decide(ctx, t.before, group, t.bodies)
	if err != nil {
		return content, "by the present configuration: " + reason(err)
	}
	is, err := s.o.Decide(ctx, after, group, t.bodies)
	if err != nil {
		return content, reason(err)
	}
	report.compare(side(groupOf(t.before, group).Strategy.Name, was), side(g.Strategy.Name, is), was, is)
	return content, report.wrong(t.request.maxAbstained())
}

// maxReason bounds a reason: a document may have ten thousand mistakes.
const maxReason = 4 << 10

func reason(err error) string {
	text := err.Error()
	if len(text) > maxReason {
		text = text[:maxReason] + "…"
	}
	return text
}
