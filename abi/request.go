package abi

// Request is all that routing may know of a call. The same Request over the same Config and the same breaker states
// gives the same Decision, in every engine.
type Request struct {
	ID    string // the request id after the proxy's own handling of it
	NowMS int64  // Unix time in milliseconds, read once by the caller
	Seed  uint64 // SeedOf(ID): all chance comes from it
	Turn  uint64 // the group's shared round-robin counter for this request; 0 where the strategy needs none

	API         API
	Model       string // as the client wrote it: group, alias or deployment id; empty when Pinned decides
	Stream      bool
	InputTokens int      // estimate from the body's size: see Needs for what else it asks for
	Needs       []string // capabilities it uses
	// Pinned is the id of the only deployment that can serve it: the one that made the response it continues.
	Pinned string
	// Asked is what the client asked of the gateway itself; it goes no further.
	Asked Asked
	// What strategies and filters go by. None of it holds text of the prompt.
	Tags       []string // metadata.tags, x-litellm-tags
	Region     string   // allowed_model_region, HeaderRegion; empty: any
	Profile    string   // metadata.routing_profile, HeaderProfile
	UserAgent  string
	Rung       int     // metadata.cascade_rung, counted from 1; 0: not said
	Confidence float64 // metadata.cascade_confidence, how sure the caller was of the rung's answer; 0: not said
	// CostWeight and QualityFloor, 0 to 1, are for strategies that weigh the quality which a trained model expects against cost, within
	// the bounds that these are given: metadata.routing_cost_weight and routing_quality_floor; nil: not said.
	CostWeight, QualityFloor *float64

	Agentic   float64 // 0 to 1: how much it looks like one step of an agent's work
	Reasoning bool    // its words ask for reasoning
	Intent    string  // what a strategy made of its words, when it was read
	Session   string  // which conversation it is of: a hash; empty: nobody asks
	Continued bool    // the session has an answer already, so that who gave it is looked up
	// Sticky is the deployment that served the session last; empty: none, or nobody asks.
	Sticky string
	// Vectors are what trained models go by: of the request's words, by encoder and view. They are not logged: what a model made of
	// them is (Signals.Score).
	Vectors []Vector
	User    string // the body's "user"; read where a strategy goes by it
	// Verdict is what a language model was asked, and what came of it; nil: none was. The decision tells.
	Verdict *Verdict

	// Spent: the retry budget has nothing left for repeats inside a group.
	Spent bool
}

// Vector is what an encoder made of the words of a request.
type Vector struct {
	Of, View string    // see Encoder.ID, and an artifact's query_view
	Numbers  []float32 // nil: there is none, or not yet
}

// Encoded puts an encoder's answer where one is waited for.
func (q *Request) Encoded(numbers []float32) {
	for i := range q.Vectors {
		if q.Vectors[i].Numbers == nil {
			q.Vectors[i].Numbers = numbers
		}
	}
}

// Asked is what a client asks of the gateway for one request: LiteLLM's num_retries, timeout and fallbacks in the body, and
// its headers x-litellm-num-retries, x-litellm-timeout and x-litellm-stream-timeout. The configuration bounds it.
type Asked struct {
	Retries         *int // nil: not asked
	TimeoutMS       int  // 0: not asked
	StreamTimeoutMS int
	Fallbacks       []string // instead of the group's own; nil: not asked
}

// Capabilities a request may need and a deployment may be stated to lack (LiteLLM: supports_* in model_info).
const (
	NeedTools      = "function_calling"
	NeedVision     = "vision"
	NeedJSONSchema = "response_schema"
	NeedStreaming  = "native_streaming"
)

// Needs lists every capability word.
var Needs = []string{NeedTools, NeedVision, NeedJSONSchema, NeedStreaming}

// SeedOf derives a request's seed from its id: 64-bit FNV-1a of the bytes, then the finaliser of splitmix64, so that
// ids that differ in one digit give unrelated seeds.
func SeedOf(requestID string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(requestID) {
		h = (h ^ uint64(requestID[i])) * 1099511628211
	}
	return mix(h)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Chance returns the n-th number in [0, 1) of a seed (splitmix64), with 53 random bits.
func Chance(seed uint64, n int) float64 {
	return float64(mix(seed+uint64(n+1)*0x9e3779b97f4a7c15)>>11) / (1 << 53)
}
