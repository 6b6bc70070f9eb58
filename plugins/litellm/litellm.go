// Package litellm compiles LiteLLM's YAML into the document the module runs and into what a proxy must know beside it.
// It is pure: files and the environment come through functions of the caller, so host and agent compile alike, and so
// does a test. It reads the whole configuration in one pass and reports every error of it at once.
package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/bundle"
)

// DocumentVersion is the version of the configuration that Compile reads; one that does not state routeiq_version is of the first.
// Older ones are brought to it before (package migrate of the agent).
const DocumentVersion = 1

// Source is where a configuration comes from.
type Source struct {
	Path   string                            // of the main file; includes are relative to the folder of the file that names them
	Read   func(path string) ([]byte, error) // the only I/O
	Getenv func(name string) (string, bool)  // the process's environment
}

// Compiled is a configuration ready to run.
type Compiled struct {
	// Config is the router's document: valid, and with its Revision.
	Config abi.Config
	// Clusters has one per deployment that has an upstream, named "routeiq_" + its id; none for mocks.
	Clusters []abi.Cluster
	// Credentials has one per deployment that sends a key, named by its id. A variable that is not set here is in it too.
	Credentials []abi.Credential
	// Unset names, by deployment id, the variables its credential lacks here.
	Unset    map[string][]string
	Listen   Listen
	CORS     abi.CORS
	Warnings []Problem // sorted by file and line

	strict Problems
}

// Listen is where clients are served; zero parts were not said.
type Listen struct {
	Host string
	Port int
}

// Compile reads a configuration. The error is Problems when the document is refused.
func Compile(src Source) (*Compiled, error) {
	c := &compiler{src: src, block: map[string]string{}, noted: map[string]*note{}}
	root := c.load(src.Path)
	if root == nil {
		return nil, c.refusal()
	}
	c.environment(root)
	c.keys(root, topLevel)
	c.whole(root.get("routeiq_version"), 1, DocumentVersion, "a version of the configuration that this program reads")
	c.artifactPolicy(root)
	s := c.settings(root)
	entries := c.entries(root, s)
	c.identify(entries)
	c.share(entries)
	c.orders(entries)
	groups := c.groups(entries, s)
	aliases := c.aliases(root, groups)
	dir := c.directory(groups, aliases)
	c.strategyGroups(root, dir)
	c.priceless(dir.groups, entries)
	c.fallbacks(root, dir)
	c.retries(root, dir, entries)
	out := &Compiled{
		Config: abi.Config{
			Version: abi.ConfigVersion, Role: abi.RoleRouter, Groups: groups, Aliases: aliases,
			ClientKeys: c.clientKeys(root), Limits: c.limits(root), Breaker: c.breakers(root, dir, entries),
			Retry: c.retryBlock(root), Health: c.health(root), OnError: c.onError(root), Answer: c.answer(root),
			Tags: c.tags(root), Budgets: c.budgets(root, entries),
		},
		Unset:  map[string][]string{},
		Listen: c.listen(root),
		CORS:   c.cors(),
	}
	c.deployments(out, entries)
	c.encoder(root, out)
	c.artifacts(out)
	c.judges(out, dir, entries)
	out.Config.SecretHeaders = secretHeaders(out.Credentials)
	c.flush()
	if len(c.problems) == 0 {
		if err := out.Config.Validate(); err != nil {
			// Everything it checks was checked here before, with a line; this keeps the promise that Config is valid.
			c.refuse(Problem{File: src.Path, Message: "compiles into a document that is not valid: " + err.Error()})
		}
	}
	if len(c.problems) > 0 {
		return nil, c.refusal()
	}
	out.Warnings = sorted(c.warnings)
	out.Config.Revision = out.revision()
	return out, nil
}

// StrictProblems lists every deployment that is loaded but can never be chosen, as reasons to refuse the configuration.
func (c *Compiled) StrictProblems() Problems { return c.strict }

// AssumeSet takes every variable a credential lacks here as set where the proxy runs: those deployments become usable,
// and the Revision is that of the changed document. For a configuration that is rendered on one machine for another.
func (c *Compiled) AssumeSet() {
	for i := range c.Config.Groups {
		for n := range c.Config.Groups[i].Deployments {
			d := &c.Config.Groups[i].Deployments[n]
			if names := c.Unset[d.ID]; len(names) > 0 && d.Unconfigured == notSet(names) {
				d.Unconfigured = ""
			}
		}
	}
	c.Config.Revision = c.revision()
}

// compiler is one run of Compile.
type compiler struct {
	src      Source
	block    map[string]string // environment_variables
	problems Problems
	warnings []Problem
	noted    map[string]*note
	order    []*note

	trust      bundle.Policy
	opened     map[string]*opened // artifacts, by what the document calls them
	unreadable map[string]bool    // those that were refused
	judged     map[string]*node   // models that strategies ask, and where each is named first
}

func (c *compiler) refuse(p Problem) { c.problems = append(c.problems, p) }

func (c *compiler) refusal() Problems { return sorted(c.problems) }

// refuseAt refuses a value.
func (c *compiler) refuseAt(n *node, message string) {
	c.refuse(Problem{File: n.file, Line: n.line, Path: n.path, Message: message})
}

// warnAt warns of a value.
func (c *compiler) warnAt(n *node, message string) {
	c.warnings = append(c.warnings, Problem{File: n.file, Line: n.line, Path: n.path, Message: message})
}

// note is a warning that may hold in many places and is given once a file, at the first of them.
type note struct {
	Problem
	lines []int // of the others
}

// noteAt warns of a value once for all values of its file with the same key and message.
func (c *compiler) noteAt(n *node, key, message string) {
	id := n.file + "\x00" + key + "\x00" + message
	if first := c.noted[id]; first != nil {
		if n.line != first.Line && !slices.Contains(first.lines, n.line) {
			first.lines = append(first.lines, n.line)
		}
		return
	}
	p := &note{Problem: Problem{File: n.file, Line: n.line, Path: n.path, Message: message}}
	c.noted[id] = p
	c.order = append(c.order, p)
}

// flush turns the notes into warnings.
func (c *compiler) flush() {
	for _, n := range c.order {
		p := n.Problem
		if len(n.lines) > 0 {
			p.Message += " (also on " + lineList(n.lines) + ")"
		}
		c.warnings = append(c.warnings, p)
	}
}

// quoteAll writes words as a list in an error: "a", "b".
func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, ", ")
}
