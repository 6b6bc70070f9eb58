package abi

import "strings"

// Config is the one document the module runs, as JSON (see Parse). It holds no secret: client keys are hashes,
// provider credentials are names that the proxy resolves.
type Config struct {
	Version  int    `json:"version"`            // ConfigVersion
	Role     Role   `json:"role"`               // what the plugin does with it
	Revision string `json:"revision,omitempty"` // identity of the content: hex SHA-256, shortened to 12 digits

	Groups     []ModelGroup `json:"groups,omitempty"`
	Aliases    []Alias      `json:"aliases,omitempty"`
	ClientKeys []string     `json:"client_keys,omitempty"` // hex SHA-256 of each key; empty: no key is asked for
	// SecretHeaders are the names (lower case), beside CredentialHeaders, of headers that carry a secret of some
	// deployment: like those they are removed before every attempt.
	SecretHeaders []string      `json:"secret_headers,omitempty"`
	Limits        Limits        `json:"limits"`
	Breaker       BreakerPolicy `json:"breaker"` // of every deployment that has none of its own
	Retry         RetryPolicy   `json:"retry"`
	Health        Health        `json:"health"`
	// OnError is what becomes of a request in whose handling the module itself failed.
	OnError OnError `json:"on_error"`
	Answer  Answer  `json:"answer"`
	Tags    Tags    `json:"tags"`
	// Budgets bound what is spent at providers.
	Budgets []Budget `json:"budgets,omitempty"`
	// Encoder makes vectors of requests' words for strategies that go by an artifact; nil: there is none.
	Encoder *Encoder `json:"encoder,omitempty"`
	// Artifacts are the trained models that strategies go by.
	Artifacts []Artifact `json:"artifacts,omitempty"`
	// Judges are the language models that strategies ask.
	Judges []Judge `json:"judges,omitempty"`
	// ReportMS is how often each worker tells the agent what it runs (see Report), in milliseconds; 0: nobody is told.
	ReportMS int `json:"report_ms,omitempty"`
}

// Role is what a plugin made from the module does.
type Role string

// The roles. One module holds all; a plugin's configuration names one.
const (
	RoleRouter  Role = "router"  // HTTP filter: reads the request, decides, orders the attempts
	RoleAdapter Role = "adapter" // upstream HTTP filter: makes one attempt fit its deployment; needs no document
	RoleBreaker Role = "breaker" // HTTP filter for people who route in Envoy themselves: one breaker per cluster
)

// ModelGroup is a name that clients ask for and the deployments that serve it.
type ModelGroup struct {
	// Name is what a client puts into "model". One '*' makes it a pattern: it stands for any text, and an exact name
	// beats a pattern, then the pattern with the longest text before its '*'.
	Name        string       `json:"name"`
	Strategy    StrategyRef  `json:"strategy"`
	Deployments []Deployment `json:"deployments"`
	// Names tried in this order when this group fails: of groups, aliases, or matched by a pattern. Fallbacks are for any
	// failure; ContextFallbacks and ContentFallbacks for an input that is too long and for one that a content policy refused,
	// in whose place Fallbacks are used where the group has none.
	Fallbacks        []string `json:"fallbacks,omitempty"`
	ContextFallbacks []string `json:"context_fallbacks,omitempty"`
	ContentFallbacks []string `json:"content_fallbacks,omitempty"`

	Retries        int          `json:"retries"`                    // attempts inside the group after its first
	RetriesByClass []ClassCount `json:"retries_by_class,omitempty"` // instead of Retries, after an attempt of that class
	RetryAfterMS   int          `json:"retry_after_ms,omitempty"`   // pause before a deployment that was tried is tried again
	WhenAllOpen    WhenAllOpen  `json:"when_all_open"`
	Affinity       *Affinity    `json:"affinity,omitempty"` // nil: sessions are nobody's business
	Shadow         *Shadow      `json:"shadow,omitempty"`   // nil: nothing is decided beside the decision
}

// Shadow is a strategy that decides beside the group's own, and is logged, never acted on.
type Shadow struct {
	Strategy StrategyRef `json:"strategy"`
	Percent  float64     `json:"percent"` // of the requests it decides, by their seed; above 0, at most 100
	// PerSecond bounds how many a worker lets it decide in a second.
	PerSecond int `json:"per_second"`
}

// Affinity says what it means that a deployment served a session before.
type Affinity struct {
	Mode  AffinityMode `json:"mode"`
	TTLMS int          `json:"ttl_ms"` // how long it is remembered after it served
}

// AffinityMode is what becomes of a session's next request.
type AffinityMode string

// The modes.
const (
	AffinityStick AffinityMode = "stick" // it goes to the same deployment, as long as that can and may serve it
	AffinityPrice AffinityMode = "price" // the strategy chooses; those that go by cost take the input there as cached by the provider
)

// ClassCount is a number for one class of outcome.
type ClassCount struct {
	Class Class `json:"class"`
	Count int   `json:"count"`
}

// CountOf returns the number a list has for a class, else otherwise.
func CountOf(list []ClassCount, class Class, otherwise int) int {
	for _, c := range list {
		if c.Class == class {
			return c.Count
		}
	}
	return otherwise
}

// WhenAllOpen is what becomes of a request when the breaker of every deployment that could serve it is open.
type WhenAllOpen string

// The answers.
const (
	WhenAllOpenRefuse   WhenAllOpen = "refuse"    // 503, or 429 when all are rate-limited, with the shortest Retry-After
	WhenAllOpenLeastBad WhenAllOpen = "least_bad" // the one whose breaker lets requests through again first is tried
)

// Alias is another name for a group.
type Alias struct {
	Name   string `json:"name"`
	Group  string `json:"group"`
	Hidden bool   `json:"hidden,omitempty"` // not listed by /v1/models
}

// Deployment is one place that serves a model.
type Deployment struct {
	ID         string    `json:"id"` // unique in the document; clients may ask for it by this name
	Provider   string    `json:"provider"`
	Model      string    `json:"model"`                // sent upstream; a '*' is replaced by what the group's '*' matched
	Cluster    string    `json:"cluster"`              // the proxy's name for its upstream
	Credential string    `json:"credential,omitempty"` // the proxy's name for its key; empty: it needs none
	Authority  string    `json:"authority,omitempty"`  // the :authority sent upstream
	Paths      []APIPath `json:"paths,omitempty"`      // the APIs it speaks; others make it ineligible
	Headers    []Header  `json:"headers,omitempty"`    // sent with every attempt, replacing a client's of the same name

	// Share is its part of a group's load, beside the Shares of the others. Compiled from weight, rpm or tpm.
	Share float64 `json:"share"`
	// Order: the lowest order that has a candidate goes first. Compiled from LiteLLM's order: a deployment without one
	// comes after those of its group that have one.
	Order int `json:"order,omitempty"`

	TimeoutMS       int `json:"timeout_ms,omitempty"`        // whole request; 0: none
	StreamTimeoutMS int `json:"stream_timeout_ms,omitempty"` // until an attempt's stream has its first event; 0: none
	StallTimeoutMS  int `json:"stall_timeout_ms,omitempty"`  // between two pieces of an answer; 0: none

	RPM         int `json:"rpm,omitempty"`                   // attempts a minute; 0: no limit
	TPM         int `json:"tpm,omitempty"`                   // tokens a minute, input and output; 0: no limit
	MaxParallel int `json:"max_parallel_requests,omitempty"` // attempts in flight; 0: no limit

	MaxInputTokens int      `json:"max_input_tokens,omitempty"` // stated context window; 0: not stated
	Lacks          []string `json:"lacks,omitempty"`            // capabilities stated as absent: see Needs

	Price  *Price   `json:"price,omitempty"`  // nil: nobody says what it costs, which is not nothing
	Size   float64  `json:"size,omitempty"`   // of the model, in billions of parameters; 0: not known
	Tags   []string `json:"tags,omitempty"`   // requests may ask for
	Region string   `json:"region,omitempty"` // where it runs; empty: not stated

	Mock         *string        `json:"mock,omitempty"`         // answered with this text, without an upstream
	Unconfigured string         `json:"unconfigured,omitempty"` // why it can never be chosen; empty: it can
	Breaker      *BreakerPolicy `json:"breaker,omitempty"`
}

// Price is what a deployment's tokens cost, in USD a token.
type Price struct {
	Input       float64 `json:"input"`
	Output      float64 `json:"output"`
	CachedInput float64 `json:"cached_input,omitempty"` // read from a prompt cache; 0: as Input
	Reasoning   float64 `json:"reasoning,omitempty"`    // 0: as Output
}

// Of returns what tokens cost, in USD. Cached tokens are some of the input, reasoning tokens some of the output.
func (p *Price) Of(u Usage) float64 {
	cached, reasoning := p.CachedInput, p.Reasoning
	if cached == 0 {
		cached = p.Input
	}
	if reasoning == 0 {
		reasoning = p.Output
	}
	fresh, said := max(u.Input-u.Cached, 0), max(u.Output-u.Reasoning, 0)
	return float64(fresh)*p.Input + float64(min(u.Cached, u.Input))*cached + float64(said)*p.Output + float64(min(u.Reasoning, u.Output))*reasoning
}

// APIPath is where a deployment serves one API.
type APIPath struct {
	API API `json:"api"`
	// Path is the upstream's path with its query. {model} stands for the upstream model, path-escaped. The path of
	// one response is this path with "/{id}" before the query.
	Path string `json:"path"`
}

// Header is one header line; the name is in lower case.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Limits bound what clients may send.
type Limits struct {
	MaxBodyBytes          int `json:"max_body_bytes"`
	MaxConcurrentRequests int `json:"max_concurrent_requests,omitempty"` // in flight in one proxy; 0: no limit
}

// RetryPolicy bounds what the proxy adds to its clients' load when upstreams fail.
type RetryPolicy struct {
	// BudgetPercent and BudgetFloor are the retry budget: of the requests of the last BudgetWindowMS, so many percent, and
	// BudgetFloor more, may have been repeats inside a group. A request's first failover and its fallbacks are no repeats.
	// BudgetPercent 100: no budget.
	BudgetPercent int `json:"budget_percent"`
	BudgetFloor   int `json:"budget_floor"`
	MaxAttempts   int `json:"max_attempts"` // of one request, over all groups
}

// BudgetWindowMS is the time a retry budget looks back.
const BudgetWindowMS = 10_000

// Health says when the proxy is ready.
type Health struct {
	MinModels int `json:"min_models"` // fewer deployments than this whose breaker is not open: not ready
}

// OnError is what becomes of a request in whose handling the module itself failed.
type OnError string

// The failure policies.
const (
	// OnErrorDeny: it is answered 503.
	OnErrorDeny OnError = "deny"
	// OnErrorContinue: it is served with less. A decision that failed is made by simple-shuffle alone, an answer that could
	// not be read is passed on unread, and a request whose VM was lost before anything was sent upstream begins again.
	OnErrorContinue OnError = "continue"
)

// Answer is what answers carry beside the upstream's own.
type Answer struct {
	LiteLLMHeaders bool `json:"litellm_headers,omitempty"` // x-litellm-model-id, -model-group, -attempted-retries, …
	StreamUsage    bool `json:"stream_usage,omitempty"`    // ask upstreams for usage in streams; hide it from clients that did not
}

// DefaultTag is the tag of deployments for requests that ask for none.
const DefaultTag = "default"

// Tags says how the tags of requests and of deployments go together (LiteLLM: enable_tag_filtering). A request goes to those that have
// one of its tags, or all of them; where none does, and for a request without tags, to those with DefaultTag.
type Tags struct {
	Enabled bool `json:"enabled,omitempty"`
	All     bool `json:"all,omitempty"` // a deployment must have all tags of a request; else one is enough
}

// Budget is what may be spent at a provider in a period: attempts are made there until so much was spent. Periods follow one
// another from the beginning of Unix time, so that one of a day begins at midnight UTC.
type Budget struct {
	Provider string  `json:"provider"`
	USD      float64 `json:"usd"`
	PeriodMS int64   `json:"period_ms"`
}

// BreakerPolicy says when a deployment's circuit opens and closes.
type BreakerPolicy struct {
	Enabled          bool `json:"enabled"`
	FailureThreshold int  `json:"failure_threshold"` // failures within WindowMS that open
	// ThresholdByClass: failures of these classes count for themselves alone, and so many of one within WindowMS open.
	ThresholdByClass []ClassCount `json:"threshold_by_class,omitempty"`
	WindowMS         int          `json:"window_ms"` // how long a failure counts
	// FailurePercent of at least MinRequests attempts within WindowMS failed: that opens too. 0: only counts do.
	FailurePercent int `json:"failure_percent,omitempty"`
	MinRequests    int `json:"min_requests,omitempty"`

	OpenMS           int `json:"open_ms"`            // the first pause; one that follows a failed probe is twice the one before
	MaxOpenMS        int `json:"max_open_ms"`        // the longest pause, also of those an answer asks for
	SuccessThreshold int `json:"success_threshold"`  // successes in half-open that close
	HalfOpenRequests int `json:"half_open_requests"` // probes in flight at most while half-open
}

// DefaultBreaker is in force where nothing else is said: 5 failures in 60 s open for 30 s, then one probe at a time,
// two successes close, and a failed probe doubles the pause, up to 5 minutes.
var DefaultBreaker = BreakerPolicy{
	Enabled: true, FailureThreshold: 5, WindowMS: 60_000, OpenMS: 30_000, MaxOpenMS: 300_000, SuccessThreshold: 2, HalfOpenRequests: 1,
}

// DefaultRetry is in force where nothing else is said.
var DefaultRetry = RetryPolicy{BudgetPercent: 20, BudgetFloor: 10, MaxAttempts: 20}

// Defaults of Limits, retries and Health.
const (
	DefaultMaxBodyBytes = 10 << 20
	DefaultRetries      = 2 // LiteLLM's, from the openai client
	DefaultMinModels    = 1 // HEALTH_MIN_MODELS of the system this replaces
)

// MaxRetries bounds what a client or a configuration may ask for.
const MaxRetries = 100

// DefaultStrategy runs where none is named or the named one is not built: LiteLLM's default.
const DefaultStrategy = "simple-shuffle"

// MatchPattern tells whether name fits pattern, which holds exactly one '*', and what the '*' stands for.
func MatchPattern(pattern, name string) (star string, ok bool) {
	before, after, ok := strings.Cut(pattern, "*")
	if !ok || len(name) < len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return "", false
	}
	return name[len(before) : len(name)-len(after)], true
}

// Serves tells whether a client that asks for name reaches a group: by its name, an alias or a pattern.
func (c *Config) Serves(name string) bool {
	for _, g := range c.Groups {
		if g.Name == name {
			return true
		}
		if _, ok := MatchPattern(g.Name, name); ok {
			return true
		}
	}
	for _, a := range c.Aliases {
		if a.Name == name {
			return true
		}
	}
	return false
}
