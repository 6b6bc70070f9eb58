package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/sync/diff"
)

// diff is the verb that compares two configurations.
func (p *process) diff() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say which deployments and settings differ between two configurations",
		Long: `Say which deployments are added, removed and changed from OLD to NEW, by their ids, and which settings change beside them.
Of a key that changed only that is said. Another order of model_list is no change.

Each is a file; - reads standard input. A configuration that would be refused is compared as it is written, with a warning on
standard error. Ends with 0 when both could be read, whether they differ or not.`,
		Example: "  routeiq-agent diff config.yaml config-new.yaml\n  git show HEAD:config.yaml | routeiq-agent diff --json - config.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] == stdin && args[1] == stdin {
				return fmt.Errorf("both are %s, expected at most one to be standard input", stdin)
			}
			before, after, err := p.documents(args[0], args[1])
			if err != nil {
				return err
			}
			result := diff.Between(before, after)
			write := result.WriteText
			if asJSON {
				write = result.WriteJSON
			}
			return write(p.out)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with the lists added, removed, changed and settings")
	return cmd
}

// documents makes both ready the same way: compiled where both compile.
func (p *process) documents(before, after string) (*diff.Document, *diff.Document, error) {
	read := map[string][]byte{}
	for _, path := range []string{before, after} {
		text, err := p.read(path)
		if err != nil {
			return nil, nil, refusal{err}
		}
		read[path] = text
	}
	// What was read is not read again: it may be standard input, or change meanwhile.
	again := *p
	again.files = read
	a, errA := again.load(before)
	b, errB := again.load(after)
	if errA == nil && errB == nil {
		return diff.Compiled(&a.Config, a.Clusters, a.Credentials), diff.Compiled(&b.Config, b.Clusters, b.Credentials), nil
	}
	for path, err := range map[string]error{before: errA, after: errB} {
		if err != nil {
			p.complain("warning: %s would be refused, so both are compared as they are written; `routeiq-agent validate` says why", path)
		}
	}
	x, err := diff.Written(before, read[before])
	if err != nil {
		return nil, nil, refusal{err}
	}
	y, err := diff.Written(after, read[after])
	if err != nil {
		return nil, nil, refusal{err}
	}
	return x, y, nil
}
