package decide

import (
	"slices"
	"strconv"

	"github.com/routeiq/routeiq/abi"
)

const (
	group = "chat"
	// MaxCandidates bounds a case.
	MaxCandidates = 10_000
	// MaxBatches bounds it so that its seconds are in one minute: see startMS.
	MaxBatches = 50
	// retries are LiteLLM's default, so a decision is three picks, as it is in production.
	retries = 2
)

// models are what deployments serve, in turn, beside those that a strategy's example names.
var models = []string{"gpt-4o", "gpt-4o-mini", "claude-sonnet-4", "claude-haiku-3-5", "gemini-2.5-pro", "gemini-2.5-flash", "llama-3.1-70b", "mistral-large"}

// together is a document with one group that a strategy chooses in.
func together(from *gathered, deployments []abi.Deployment) *abi.Config {
	c := document(from)
	c.Groups = []abi.ModelGroup{groupOf(group, from, deployments)}
	return c
}

// apart is a document with a group for each deployment, of its name: who wants to make an attempt at each of a thousand need not
// choose it among the others.
func apart(from *gathered, deployments []abi.Deployment) *abi.Config {
	c := document(from)
	for i := range deployments {
		c.Groups = append(c.Groups, groupOf(deployments[i].ID, from, deployments[i:i+1]))
	}
	return c
}

func document(from *gathered) *abi.Config {
	return &abi.Config{Version: abi.ConfigVersion, Role: abi.RoleRouter, Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, Artifacts: from.artifacts}
}

func groupOf(name string, from *gathered, deployments []abi.Deployment) abi.ModelGroup {
	return abi.ModelGroup{
		Name: name, Strategy: abi.StrategyRef{Name: from.kind.Name, Args: from.args()}, Retries: retries, WhenAllOpen: abi.WhenAllOpenRefuse, Deployments: deployments,
	}
}

// args are those of the strategy's example; the artifact among them is the one the document has.
func (g *gathered) args() abi.Args {
	args := slices.Clone(g.kind.Example)
	for i := range args {
		if args[i].Name == "artifact" {
			args[i].Text = g.artifacts[0].Name
		}
	}
	return args
}

// deployments are those that a strategy chooses among.
func deployments(from *gathered) []abi.Deployment {
	names := slices.Clone(models)
	for _, a := range from.kind.Example {
		for _, row := range a.Rows {
			names = append(names, row.Values...)
		}
	}
	if from.models != nil {
		names = from.models
	}
	all := make([]abi.Deployment, from.candidates)
	for i := range all {
		all[i] = deployment(i, names[i%len(names)])
	}
	return all
}

// deployment says as much as a price map and an operator say of one, but for limits: those are other programs' work.
func deployment(i int, model string) abi.Deployment {
	return abi.Deployment{
		ID: "deployment-" + strconv.Itoa(i), Provider: []string{"openai", "anthropic", "vertex_ai", "bedrock"}[i%4], Model: model,
		Paths: []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}},
		Share: float64(1 + i%4), MaxInputTokens: []int{128_000, 200_000, 1_000_000}[i%3],
		Price: &abi.Price{Input: float64(1+i%9) * 1e-6, Output: float64(2+i%11) * 4e-6, CachedInput: float64(1+i%9) * 1e-7},
		Size:  []float64{8, 70, 405}[i%3], Tags: []string{"default", "tier-" + string(rune('a'+i%3))}, Region: []string{"eu-west-1", "us-east-1"}[i%2],
	}
}
