package abi

// Decision is routing's whole answer to a Request, loggable as it is.
type Decision struct {
	Revision string
	Group    string    // the group that was asked for, after aliases and patterns; empty when it is unknown
	Strategy string    // of that group: see HeaderStrategy
	Attempts []Attempt // in the order to be made; empty when refused
	LeftOut  []LeftOut // every deployment that was considered and left out
	Seen     []Seen    // what strategies that need signals were told of their candidates
	Unseen   int       // candidates of such strategies that are not in Seen, because they are too many
	Model    string    // of a strategy that goes by an artifact: the first digits of its digest
	Abstains Abstains  // why that model is not followed; empty: it is, or there is none
	Shadow   *Shadowed // what another strategy would have chosen; nil: none was asked
	Inquiry  Inquiry   // of a strategy that asks a language model
	Refusal  *Refusal  // set when there is no attempt
}

// Attempt is one deployment to be tried, and how.
type Attempt struct {
	Deployment *Deployment
	Group      string // the group it serves in: the one asked for or a fallback
	Model      string // the upstream model, patterns filled in
	Path       string // the upstream path and query
	Probe      bool   // it is a half-open breaker's probe
	Forced     bool   // its breaker is open, as that of all others: it is the least bad
	// Only is the class of failure it is for: ClassContext or ClassContent, of an attempt before it; empty: any that is worth
	// another attempt.
	Only Class
}

// Shadowed is what a shadow strategy would have chosen first.
type Shadowed struct {
	Strategy   string
	Deployment string
	Model      string   // as Decision.Model
	Abstains   Abstains // as Decision.Abstains
}

// Abstains is why a trained model, or what a language model answered, is not followed.
type Abstains string

// The reasons.
const (
	AbstainsVector Abstains = "no_vector"    // of the request's words there is none: no encoder, or not in time
	AbstainsMargin Abstains = "margin"       // the best score is too close to the second best
	AbstainsReach  Abstains = "out_of_reach" // the words are unlike all that the model was trained on

	AbstainsWords      Abstains = "no_words"    // there is nothing to ask about
	AbstainsAnswer     Abstains = "no_answer"   // none in time, an error, or the language model is left alone because it failed
	AbstainsUnreadable Abstains = "unreadable"  // the answer is not what was asked for
	AbstainsBudget     Abstains = "over_budget" // the request may have no other call
)

// Seen is what was known of a candidate when it was decided.
type Seen struct {
	Deployment string
	Signals    Signals
}

// LeftOut is a deployment that could not be an attempt, and why.
type LeftOut struct {
	Deployment string
	Reason     Reason
}

// Paused is the first deployment that was left out because its breaker is open, or half-open and probed already; empty: none was.
func (d *Decision) Paused() string {
	for _, l := range d.LeftOut {
		switch l.Reason {
		case ReasonOpen, ReasonRateLimited, ReasonProbing:
			return l.Deployment
		}
	}
	return ""
}

// Reason is why a deployment was left out of a decision.
type Reason string

// The reasons, in the order they are looked at: the first that holds is given.
const (
	ReasonUnconfigured Reason = "unconfigured"   // its credential is not set, or its provider is not usable yet
	ReasonAPI          Reason = "api"            // its provider does not speak the API called
	ReasonPinned       Reason = "pinned"         // another deployment made the response this request continues
	ReasonContext      Reason = "context_window" // the estimated input is larger than its stated window
	ReasonCapability   Reason = "capability"     // it is stated to lack something the request needs
	ReasonRegion       Reason = "region"         // it does not run, or is not stated to run, where the request may go
	ReasonTags         Reason = "tags"           // its tags are not the request's
	ReasonBudget       Reason = "budget"         // its provider's budget is spent
	ReasonOpen         Reason = "breaker_open"
	ReasonRateLimited  Reason = "rate_limited"    // its breaker is open because its provider asked to wait
	ReasonProbing      Reason = "breaker_probing" // half-open, and all its probes are in flight
	ReasonRPM          Reason = "rpm"             // as many attempts were made in this minute as it may have
	ReasonTPM          Reason = "tpm"             // this minute's tokens leave no room for the request's
	ReasonParallel     Reason = "max_parallel_requests"
)

// Refusal is why a request gets no attempt. It becomes an answer in the dialect of the API called.
type Refusal struct {
	Status       int    // HTTP
	Code         string // machine-readable, in OpenAI's vocabulary: "model_not_found", …
	Param        string // the field of the request that is wrong; empty: none
	Message      string // for the client
	RetryAfterMS int    // > 0: when to come again
}

// Outcome is what became of one attempt.
type Outcome struct {
	Deployment   string
	Class        Class  // empty: the attempt was not made
	Status       int    // of the upstream; 0 when it sent none
	Reason       string // detail for logs: an upstream error code, Envoy's response flags
	FirstByteMS  int64  // from the attempt's start to its answer's first byte; 0 when there was none
	DurationMS   int64  // from the attempt's start to its end
	RetryAfterMS int64  // what the answer asked for; 0: nothing
	Usage        Usage
}

// Class says how an attempt ended, and with that what it means for its deployment and for the request.
type Class string

// The classes. What counts as a failure of the deployment, and what is worth another attempt, is said by package
// breaker and package routing; here are only the words.
const (
	ClassOK          Class = "ok"
	ClassClientError Class = "client_error"   // the request is at fault: 400, 413, 422, …
	ClassContext     Class = "context_window" // the input is too long for this model
	ClassContent     Class = "content_policy" // the provider's content policy refuses the input
	ClassAuth        Class = "auth"           // 401, 403: our credential is at fault
	ClassNotFound    Class = "not_found"      // 404: this deployment does not exist there
	ClassRateLimited Class = "rate_limited"   // 429
	ClassServerError Class = "server_error"   // 5xx, 408, 529, an error event in a stream
	ClassConnect     Class = "connect"        // refused, unreachable, TLS or name failure
	ClassReset       Class = "reset"          // connection lost before or in the answer
	ClassTimeout     Class = "timeout"        // a deadline passed
	ClassMalformed   Class = "malformed"      // the answer could not be read
	ClassCancelled   Class = "cancelled"      // the client left: nobody's fault
)

// FailureClasses are the classes an attempt can fail with, a client that leaves apart.
var FailureClasses = []Class{
	ClassClientError, ClassContext, ClassContent, ClassAuth, ClassNotFound, ClassRateLimited, ClassServerError, ClassConnect,
	ClassReset, ClassTimeout, ClassMalformed,
}

// Usage is what an answer cost, in tokens.
type Usage struct {
	Input, Output int
	Cached        int  // of Input: read from a prompt cache
	Reasoning     int  // of Output
	Estimated     bool // counted by us, not stated by the upstream
}
