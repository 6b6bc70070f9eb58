package staging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/activation"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/source"
)

// present fetches the operator's document, and what lies over it.
func (s *Staging) present(ctx context.Context) (source.Document, []activation.Choice, error) {
	d, err := s.o.Document.Fetch(ctx, "")
	if err != nil {
		return d, nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	active, err := s.o.Store.Active(ctx)
	if err != nil {
		return d, nil, err
	}
	choices := make([]activation.Choice, len(active))
	for i := range active {
		choices[i] = active[i].Choice()
	}
	return d, choices, nil
}

// build compiles a document with choices over it, and the artifacts they name.
func (s *Staging) build(ctx context.Context, d source.Document, choices []activation.Choice) (*publish.Publication, error) {
	name := s.o.Document.String()
	d, err := activation.Over(ctx, d, name, choices)
	if err != nil {
		return nil, err
	}
	all := s.o.Artifacts(source.Fixed(name, d))
	if d, err = all.Fetch(ctx, ""); err == nil {
		err = source.Close(all)
	}
	if err != nil {
		return nil, err
	}
	return s.o.Build(d)
}

// with puts a choice in the place of that for the same group.
func with(choices []activation.Choice, c activation.Choice) []activation.Choice {
	others := slices.DeleteFunc(slices.Clone(choices), func(other activation.Choice) bool { return other.Group == c.Group })
	return append(others, c)
}

func groupOf(p *publish.Publication, name string) *abi.ModelGroup {
	for i := range p.Config.Groups {
		if p.Config.Groups[i].Name == name {
			return &p.Config.Groups[i]
		}
	}
	return nil
}

// names are those of a document's groups, a few of many.
func names(p *publish.Publication) string {
	const most = 8
	var list []string
	for _, g := range p.Config.Groups {
		list = append(list, g.Name)
	}
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}
