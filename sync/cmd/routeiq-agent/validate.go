package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routeiq/routeiq/plugins/litellm"
)

// validate is the verb that checks a configuration.
func (p *process) validate() *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check a configuration",
		Long: `Check a LiteLLM configuration and everything it includes, as the host and the module would.

FILE is the configuration; - reads standard input; without it, $` + envFile + ` names it.
Errors and warnings go to standard error with file, line and path, a summary to standard output.
Ends with 0 when the configuration is good, 1 when it is refused.`,
		Args: oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := p.file(args)
			if err != nil {
				return err
			}
			c, err := p.load(path)
			if err != nil {
				return err
			}
			p.warn(lines(c.Warnings))
			if strict {
				if problems := c.StrictProblems(); len(problems) > 0 {
					return refusal{fmt.Errorf("%w\n%s", problems, refused(path, len(problems)))}
				}
			}
			_, err = fmt.Fprint(p.out, summary(path, c))
			return err
		},
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "refuse a configuration with a deployment that can never be chosen, such as one whose key is not set")
	return cmd
}

// summary says in a few lines what a configuration holds.
func summary(path string, c *litellm.Compiled) string {
	var groups, unconfigured []string
	deployments := 0
	for _, g := range c.Config.Groups {
		groups = append(groups, g.Name)
		for _, d := range g.Deployments {
			deployments++
			if d.Unconfigured != "" {
				unconfigured = append(unconfigured, d.ID)
			}
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s is good: revision %s, %s, %s, %s\n", path, c.Config.Revision,
		count(len(groups), "group"), count(deployments, "deployment"), count(len(c.Warnings), "warning"))
	fmt.Fprintf(&s, "groups: %s\n", some(groups))
	if len(unconfigured) > 0 {
		fmt.Fprintf(&s, "unconfigured, never chosen: %s\n", some(unconfigured))
	}
	if len(c.Config.ClientKeys) == 0 {
		fmt.Fprintln(&s, "no client key: every client is served")
	}
	return s.String()
}
