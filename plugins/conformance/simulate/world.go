package simulate

import (
	"fmt"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/conformance"
)

// World is what a proxy lives in: who serves and who asks.
type World struct {
	Name    string
	About   string // for the report
	Minutes float64
	Rate    float64 // arrivals a second
	Servers []Server
	Kinds   []Kind
}

// Kind is a kind of request.
type Kind struct {
	Share         float64 // of arrivals, beside the others' shares
	Input, Output Spread  // tokens
	Stream        bool
	Prompt        abi.Prompt // what the proxy reads of it
	Tools         bool       // it calls functions
	Agent         string     // the program that sends it
	Tags          []string
	// Turns: it is a conversation of so many, and each carries what was said before. PauseS is the mean time between an answer
	// and the next turn.
	Turns  int
	PauseS float64
	// Judged: the client can tell a good answer, and asks for a better one, up to judgedAsks times.
	Judged bool
	// Quality is the chance of a good answer by server; those that are not here always give one. A request has one difficulty:
	// what a server can do, each better one can.
	Quality map[string]float64
}

// judgedAsks is how often a client asks for a better answer, the first time included.
const judgedAsks = 3

// Setup is how a proxy is configured for a world.
type Setup struct {
	Strategy string
	Args     string // YAML, in braces
	Affinity string // stick or price; empty: off
}

// workers are those of a proxy: two are enough for one not to know what the other does.
const workers = 2

// retries is num_retries.
const retries = 2

// group is the name clients ask for.
const group = "g"

// config is the configuration file of a world.
func (w *World) config(s Setup) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for i := range w.Servers {
		p := &w.Servers[i]
		params := fmt.Sprintf("model: %s, api_base: 'http://127.0.0.1:1/v1', api_key: k", p.Model)
		params += fmt.Sprintf(", input_cost_per_token: %.10f, output_cost_per_token: %.10f", p.USD.Input/1e6, p.USD.Output/1e6)
		if p.USD.CachedInput > 0 {
			params += fmt.Sprintf(", cache_read_input_token_cost: %.10f", p.USD.CachedInput/1e6)
		}
		if p.Weight > 0 {
			params += fmt.Sprintf(", weight: %g", p.Weight)
		}
		fmt.Fprintf(&b, "  - {model_name: %s, litellm_params: {%s}, model_info: {id: %s}}\n", group, params, p.ID)
	}
	fmt.Fprintf(&b, "router_settings:\n  num_retries: %d\n  routing_strategy: %s\n", retries, s.Strategy)
	if s.Args != "" {
		fmt.Fprintf(&b, "  routing_strategy_args: %s\n", s.Args)
	}
	if s.Affinity != "" {
		fmt.Fprintf(&b, "routing:\n  affinity: {mode: %s}\n", s.Affinity)
	}
	return b.String()
}

// compile makes the document that the proxy's workers run.
func (w *World) compile(s Setup) (*abi.Config, error) {
	compiled, err := conformance.Compile([]byte(w.config(s)), nil)
	if err != nil {
		return nil, fmt.Errorf("the world %s: %w", w.Name, err)
	}
	return &compiled.Config, nil
}
