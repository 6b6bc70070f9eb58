package activation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/routeiq/routeiq/sync/source"
)

// Choice is what a layer says of a group: its strategy, all arguments, and the artifact as the document names it.
type Choice struct {
	Group, Strategy, Artifact string
	Args                      json.RawMessage // without the artifact
}

// Choice is what the activation says of its group.
func (a *Activation) Choice() Choice { return Choice{a.Group, a.Strategy, a.Name(), a.Args} }

// Over lays choices over a document as source.Layered does. They replace what it says of their groups' strategies and arguments, so that
// what was tried is what serves; groups the document does not have any more are left out. Without choices it is the document itself.
func Over(ctx context.Context, d source.Document, name string, choices []Choice) (source.Document, error) {
	there := groupsOf(d)
	choices = slices.DeleteFunc(slices.Clone(choices), func(c Choice) bool { return there != nil && !there[c.Group] })
	if len(choices) == 0 {
		return d, nil
	}
	without, with := map[string]any{}, map[string]any{}
	for _, c := range choices {
		args := map[string]any{}
		if len(c.Args) > 0 {
			if err := json.Unmarshal(c.Args, &args); err != nil {
				return source.Document{}, fmt.Errorf("activation for group %q: its arguments: %w", c.Group, err)
			}
		}
		args[artifactKey] = c.Artifact
		without[c.Group] = map[string]any{strategyKey: nil, argsKey: nil}
		with[c.Group] = map[string]any{strategyKey: c.Strategy, argsKey: args}
	}
	layers := []source.Source{source.Fixed(name, d)}
	for _, groups := range []map[string]any{without, with} {
		body, err := yaml.Marshal(map[string]any{"routing": map[string]any{"groups": groups}})
		if err != nil {
			return source.Document{}, err
		}
		layers = append(layers, source.Fixed("activations", source.Document{Body: body}))
	}
	whole, err := source.Layered(layers...).Fetch(ctx, "")
	if err != nil {
		return source.Document{}, err
	}
	whole.Modified = d.Modified
	whole.Revision = source.Seal(d.Revision.Validator(), whole)
	return whole, nil
}

// The keys of a group's block.
const (
	strategyKey = "routing_strategy"
	argsKey     = "routing_strategy_args"
	artifactKey = "artifact"
)

// groupsOf are the names in a document's model_list; nil: it cannot be read, which a later step says better.
func groupsOf(d source.Document) map[string]bool {
	names := map[string]bool{}
	texts := [][]byte{d.Body}
	for name, text := range d.Files {
		if _, _, ok := parseName(name); !ok {
			texts = append(texts, text)
		}
	}
	for i, text := range texts {
		var document struct {
			Models []struct {
				Name string `yaml:"model_name"`
			} `yaml:"model_list"`
		}
		if err := yaml.Unmarshal(text, &document); err != nil {
			if i > 0 {
				continue // no include
			}
			return nil
		}
		for _, m := range document.Models {
			names[m.Name] = true
		}
	}
	return names
}
