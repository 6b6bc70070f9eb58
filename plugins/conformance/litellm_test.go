package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/litellm"
	"github.com/routeiq/routeiq/plugins/routing"
	"github.com/routeiq/routeiq/plugins/store"
	"github.com/routeiq/routeiq/plugins/strategy"
)

const records = "../../testdata/litellm-router"

// record is a file of decisions that LiteLLM's own router made; its README says what the members are.
type record struct {
	Start time.Time
	Cases []*recorded
}

type recorded struct {
	Name, Strategy string
	Args, Settings map[string]any
	Deployments    []struct {
		ID, Model string
		Params    map[string]any
	}
	Events  []*event
	Request struct {
		AtMS        int64 `json:"at_ms"`
		InputTokens int   `json:"input_tokens"`
		Stream      bool
		Tags        []string
		API         string
	}
	Picks         map[string]int
	N             int
	Deterministic bool
	Refused       string
}

type event struct {
	AtMS         int64 `json:"at_ms"`
	Kind         string
	Deployment   string
	DurationMS   int64 `json:"duration_ms"`
	FirstTokenMS int64 `json:"first_token_ms"`
	InputTokens  int   `json:"input_tokens"`
	OutputTokens int   `json:"output_tokens"`
	Stream       bool
	Timeout      bool
	Status       int
	Cost         float64
}

// TestLiteLLM compares what we decide with what LiteLLM's own router did. Cases that differ stand in differs.txt, each with the
// reason; one that stands there and does not differ is an error.
func TestLiteLLM(t *testing.T) {
	differs := readDiffers(t)
	files, err := filepath.Glob(filepath.Join(records, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no records: %v", err)
	}
	same := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r record
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Cases {
			key := name + ": " + c.Name
			why := c.differs(t, r.Start.UnixMilli())
			switch reason, listed := differs[key]; {
			case listed && why == "":
				t.Errorf("%s is as in LiteLLM: remove it from differs.txt (%s)", key, reason)
			case !listed && why != "":
				t.Errorf("%s: %s", key, why)
			case why == "":
				same++
			}
			delete(differs, key)
		}
	}
	for key := range differs {
		t.Errorf("differs.txt names a case that does not exist: %s", key)
	}
	t.Logf("%d cases are as in LiteLLM", same)
}

func readDiffers(t *testing.T) map[string]string {
	text, err := os.ReadFile(filepath.Join(records, "differs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	differs := map[string]string{}
	reason := ""
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimSpace(line); {
		case line == "":
		case strings.HasPrefix(line, "#"):
			reason = line
		default:
			differs[line] = reason
		}
	}
	return differs
}

// differs plays a case; "" when we decide alike.
func (c *recorded) differs(t *testing.T, startMS int64) string {
	config, err := c.compile(t)
	if err != nil {
		return err.Error()
	}
	n := 25
	if !c.Deterministic && c.Refused == "" {
		n = 1500
	}
	count := map[string]int{}
	for i := range n {
		router, err := routing.Compile(config, strategy.Registry(), routing.NewMemory(new(store.Map)))
		if err != nil {
			t.Fatal(err)
		}
		c.happen(router, startMS)
		id := fmt.Sprintf("%s-%d", c.Name, i)
		api := abi.APIChat
		if c.Request.API == "embeddings" {
			api = abi.APIEmbeddings
		}
		d := router.Route(&abi.Request{
			ID: id, Seed: abi.SeedOf(id), NowMS: startMS + c.Request.AtMS, API: api, Model: "g",
			Stream: c.Request.Stream, InputTokens: c.Request.InputTokens, Tags: c.Request.Tags,
		})
		switch {
		case d.Refusal == nil:
			count[d.Attempts[0].Deployment.ID]++
		case c.Refused == "":
			return "refused with " + d.Refusal.Code + ", where LiteLLM picks"
		}
	}
	if c.Refused != "" && len(count) > 0 {
		return fmt.Sprintf("picks %v, where LiteLLM refuses with %s", count, c.Refused)
	}
	for _, d := range c.Deployments {
		want := float64(c.Picks[d.ID]) / float64(max(c.N, 1))
		got := float64(count[d.ID]) / float64(n)
		// Both are counts; five standard deviations of their difference.
		sigma := math.Sqrt(want * (1 - want) * (1/float64(n) + 1/float64(max(c.N, 1))))
		if math.Abs(got-want) > 5*sigma+1e-9 {
			return fmt.Sprintf("picks %v of %d, LiteLLM %v of %d", count, n, c.Picks, c.N)
		}
	}
	return ""
}

// usdPerToken is the price of deployments in cases about money: what an event cost is told in tokens.
const usdPerToken = 1e-6

func (c *recorded) compile(t *testing.T) (*abi.Config, error) {
	settings := map[string]any{"routing_strategy": c.Strategy}
	for k, v := range c.Settings {
		settings[k] = v
	}
	if len(c.Args) > 0 {
		settings["routing_strategy_args"] = c.Args
	}
	var models []any
	for _, d := range c.Deployments {
		params := map[string]any{"model": d.Model, "api_key": "k", "api_base": "http://127.0.0.1:1/v1"}
		if c.Settings["provider_budget_config"] != nil {
			params["input_cost_per_token"], params["output_cost_per_token"] = usdPerToken, 0
		}
		for k, v := range d.Params {
			params[k] = v
		}
		models = append(models, map[string]any{"model_name": "g", "litellm_params": params, "model_info": map[string]any{"id": d.ID}})
	}
	text, err := json.Marshal(map[string]any{"model_list": models, "router_settings": settings}) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	// Anthropic's own API is no chat completions here; the cases that name it are about two providers, whichever.
	text = bytes.ReplaceAll(text, []byte("anthropic"), []byte("mistral"))
	compiled, err := litellm.Compile(litellm.Source{
		Path: "config.yaml", Read: func(string) ([]byte, error) { return text, nil }, Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		return nil, err
	}
	return &compiled.Config, nil
}

// happen plays what went before.
func (c *recorded) happen(r *routing.Router, startMS int64) {
	open := map[string][]*routing.Run{}
	for _, e := range c.Events {
		now := startMS + e.AtMS
		begin := func(at int64) *routing.Run {
			run := r.Begin(&abi.Request{ID: "before", NowMS: at, API: abi.APIChat, Model: e.Deployment, Stream: e.Stream, InputTokens: e.InputTokens})
			run.Advance(at)
			return &run
		}
		var run *routing.Run
		switch e.Kind {
		case "pick":
			continue
		case "start":
			if run = begin(now); len(run.Decision.Attempts) > 0 {
				open[e.Deployment] = append(open[e.Deployment], run)
			}
			continue
		}
		if runs := open[e.Deployment]; len(runs) > 0 {
			run, open[e.Deployment] = runs[0], runs[1:]
		} else {
			run = begin(now - e.DurationMS)
		}
		if len(run.Decision.Attempts) == 0 {
			continue // it is at its limit
		}
		outcomes := make([]abi.Outcome, len(run.Decision.Attempts))
		outcomes[0] = e.outcome()
		run.End(outcomes, now)
	}
}

func (e *event) outcome() abi.Outcome {
	o := abi.Outcome{Deployment: e.Deployment, Class: abi.ClassOK, Status: 200, DurationMS: e.DurationMS, FirstByteMS: e.FirstTokenMS}
	o.Usage = abi.Usage{Input: e.InputTokens, Output: e.OutputTokens}
	if e.Cost > 0 {
		o.Usage.Input = int(math.Round(e.Cost / usdPerToken))
	}
	if e.Kind == "failure" {
		o.Class, o.Status, o.Usage = abi.ClassServerError, e.Status, abi.Usage{}
		switch {
		case e.Timeout:
			o.Class = abi.ClassTimeout
		case e.Status == 429:
			o.Class = abi.ClassRateLimited
		case e.Status == 401 || e.Status == 403:
			o.Class = abi.ClassAuth
		case e.Status == 404:
			o.Class = abi.ClassNotFound
		case e.Status == 400:
			o.Class = abi.ClassClientError
		}
	}
	return o
}
