package strategy

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/strategy/pattern"
)

// TagRegexUA is "llmrouter-tag-regex-ua" of the replaced system: rules that go by a request's tags and by the program that
// sent it. Each rule names deployments: by id, upstream model, or provider/model. The first that holds decides:
//
//  1. of tag_model_groups, whose key is one of the request's tags;
//  2. of regex_model_groups, whose key, a regular expression, matches a part of one of the tags, or of "User-Agent: " and the user
//     agent, where the request states one;
//  3. of user_agent_model_groups, whose key is a part of the user agent, in capital or small letters.
//
// Rules of one kind are tried in the configuration's order. Among the candidates that the rule names, simple-shuffle chooses;
// where no rule holds, or none of those it names is a candidate, among all.
//
// When to use it: different models for different programs or teams that ask for one name.
//
// Regular expressions are Go's: like Python's, without looking ahead or behind. Where it differs: names are whole names, so
// that a rule for "gpt-4" does not also name gpt-4o-mini; and the first of those that it names is no better than the others.
type TagRegexUA struct {
	Tags     []abi.Row
	Patterns []PatternRow
	Agents   []abi.Row // keys in small letters
}

// PatternRow is a rule of a regular expression.
type PatternRow struct {
	pattern.Pattern
	Names []string
}

// curl is the expression "curl", compiled.
var curl = []int{1, 1, 0, 0, 0, 5, 2, 0, 2, 'c', 'c', 5, 3, 0, 2, 'u', 'u', 5, 4, 0, 2, 'r', 'r', 5, 5, 0, 2, 'l', 'l', 0, 0, 0, 0}

// The tables, in the order in which they are asked.
const (
	tagRows   = "tag_model_groups"
	regexRows = "regex_model_groups"
	agentRows = "user_agent_model_groups"
)

var _ = register(&routing.Kind{
	Name: "llmrouter-tag-regex-ua",
	Params: []routing.Param{
		rows(tagRows, "for each tag the deployments that serve requests with it"),
		patterns(regexRows, "for each regular expression the deployments of requests of which it matches a tag or \"User-Agent: …\""),
		rows(agentRows, "for each part of a user agent the deployments that serve its requests"),
	},
	Rules: tagRegexUARules,
	Example: abi.Args{
		{Name: tagRows, Rows: []abi.Row{{Key: "eu", Values: []string{"a", "openai/gpt-4o"}}}},
		{Name: regexRows, Rows: []abi.Row{{Key: "curl", Values: []string{"b"}, Program: curl}}},
		{Name: agentRows, Rows: []abi.Row{{Key: "Claude", Values: []string{"c"}}}},
	},
	New: func(a abi.Args) routing.Strategy {
		s := &TagRegexUA{Tags: a.Rows(tagRows)}
		for _, row := range a.Rows(regexRows) {
			if p, err := pattern.Load(row.Program); err == nil { // the rules refused the others
				s.Patterns = append(s.Patterns, PatternRow{p, row.Values})
			}
		}
		for _, row := range a.Rows(agentRows) {
			s.Agents = append(s.Agents, abi.Row{Key: strings.ToLower(row.Key), Values: row.Values})
		}
		return s
	},
})

func tagRegexUARules(a abi.Args) (errs []error) {
	for _, name := range []string{tagRows, regexRows, agentRows} {
		for _, row := range a.Rows(name) {
			add := func(message string) { errs = append(errs, errors.New(name+": "+strconv.Quote(row.Key)+" "+message)) }
			switch {
			case row.Key == "":
				add("is empty")
			case len(row.Values) == 0:
				add("names no deployment")
			case name == regexRows:
				if _, err := pattern.Load(row.Program); err != nil {
					add(err.Error())
				}
			}
		}
	}
	return errs
}

// Pick implements routing.Strategy.
func (s *TagRegexUA) Pick(r *abi.Request, candidates []abi.Candidate) int {
	names := s.names(r)
	return shuffleAmong(r, candidates, func(i int) bool { return namedBy(names, candidates[i].Deployment) })
}

// names returns what the first rule that holds names; nil where none does.
func (s *TagRegexUA) names(r *abi.Request) []string {
	for _, row := range s.Tags {
		if slices.Contains(r.Tags, row.Key) {
			return row.Values
		}
	}
	if len(s.Patterns) > 0 {
		agent := "User-Agent: " + r.UserAgent
		for _, row := range s.Patterns {
			if slices.ContainsFunc(r.Tags, row.Match) || r.UserAgent != "" && row.Match(agent) {
				return row.Names
			}
		}
	}
	if len(s.Agents) > 0 {
		agent := strings.ToLower(r.UserAgent)
		for _, row := range s.Agents {
			if strings.Contains(agent, row.Key) {
				return row.Values
			}
		}
	}
	return nil
}

// GoesByUserAgent implements routing.AgentAware.
func (TagRegexUA) GoesByUserAgent() {}
