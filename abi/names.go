package abi

// Names of ours that travel in HTTP. Every header of ours begins with HeaderPrefix; a client's and an upstream's
// copies are removed at the door.
const (
	HeaderPrefix = "x-routeiq-"

	// Answers to clients carry these.
	HeaderModel      = "x-routeiq-model"      // the group that answered, as configured
	HeaderDeployment = "x-routeiq-deployment" // the id of the deployment that answered
	HeaderStrategy   = "x-routeiq-strategy"   // the strategy that ordered the attempts; "simple-shuffle; requested=…" when it stands in for another
	HeaderAttempts   = "x-routeiq-attempts"   // how many attempts were made, 1 for a first success
	HeaderRevision   = "x-routeiq-revision"   // the revision of the document that decided

	// HeaderCredential names the credential an attempt needs. The adapter sets it, the proxy resolves it to a secret
	// and takes it off: it never reaches an upstream.
	HeaderCredential = "x-routeiq-credential"
	// HeaderRetry on an attempt's answer asks the proxy for the next attempt (Envoy: retriable_headers), after as many
	// seconds as it holds (Envoy: rate_limited_retry_back_off).
	HeaderRetry = "x-routeiq-retry"

	HeaderRequestID = "x-request-id" // on every answer; the seed of every decision
)

// Envoy's names that both the module and the host obey.
const (
	HeaderEnvoyMaxRetries = "x-envoy-max-retries"            // attempts - 1
	HeaderEnvoyTimeout    = "x-envoy-upstream-rq-timeout-ms" // the whole request, all attempts together
	// HeaderEnvoyPerTryTimeout bounds the time until an attempt's answer is passed on; then the next attempt is made.
	HeaderEnvoyPerTryTimeout = "x-envoy-upstream-rq-per-try-timeout-ms"
)

// LiteLLM's headers with which a client asks something of the gateway; they go no further.
const (
	HeaderNumRetries    = "x-litellm-num-retries"
	HeaderTimeout       = "x-litellm-timeout"        // seconds
	HeaderStreamTimeout = "x-litellm-stream-timeout" // seconds
)

// Headers with which a client says what strategies and filters go by; they go no further. The first two are LiteLLM's.
const (
	HeaderTags    = "x-litellm-tags"       // separated by commas
	HeaderSession = "x-litellm-session-id" // as metadata.session_id
	HeaderProfile = "x-routeiq-profile"    // as metadata.routing_profile
	HeaderRegion  = "x-routeiq-region"     // as allowed_model_region
)

// ControlHeaders are removed from a client's request: exact names, and prefixes that end in '-'.
var ControlHeaders = []string{
	HeaderPrefix, "x-envoy-max-retries", "x-envoy-retry-on", "x-envoy-retry-grpc-on", "x-envoy-retriable-",
	"x-envoy-upstream-", "x-envoy-hedge-", "x-envoy-attempt-count", "x-envoy-original-path",
	"x-envoy-force-trace", "x-envoy-internal", "x-envoy-expected-rq-timeout-ms", "x-envoy-is-timeout-retry",
	"x-envoy-decorator-operation",
}

// CredentialHeaders carry a client's key, or a provider's. The adapter removes all of them before every attempt.
var CredentialHeaders = []string{"authorization", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "proxy-authorization", "cookie"}

// Properties of ours, as given to proxy_set_property with a single path segment. Envoy keeps each in filter state
// under the same name with "wasm." before it.
const (
	PropertyStream   = "routeiq.stream"   // the key of the stream's record in VM memory, decimal
	PropertyNext     = "routeiq.next"     // the cluster of the next attempt; the route's matcher reads it
	PropertyDecision = "routeiq.decision" // the decision's log line (one JSON object), set when the stream is done
)

// FilterStatePrefix is what Envoy puts before a property's name.
const FilterStatePrefix = "wasm."

// VMID is the vm_id of every plugin configuration of ours: one VM per worker, one scope of shared data.
const VMID = "routeiq"

// EncoderCluster is the cluster of the encoder (Encoder), and the credential that the proxy puts on what goes there.
const EncoderCluster = "routeiq_encoder"

// MockCluster is the cluster of deployments with a mock answer: it has no upstream, the module answers.
const MockCluster = "routeiq_mock"

// Shared data keys; the shared data of one vm_id is one map for all workers of a proxy.
const (
	KeyFailures = "routeiq.failures/" // + deployment id: breaker.Window, the recent failures of a closed breaker
	KeyCircuits = "routeiq.circuits"  // breaker.Table: every breaker that is not closed; read once a request
	KeyTurn     = "routeiq.turn/"     // + group name: the shared counter of round-robin
	KeyWorkers  = "routeiq.workers"   // worker.Table: which workers there are, and when each was last alive
	KeyShard    = "routeiq.shard/"    // + worker's number: what that worker alone counted
	KeySession  = "routeiq.session/"  // + slot: session.Board, which deployment served a session last
	KeySignals  = "routeiq.signals/"  // + worker's number: which segments it wrote; + "/" + segment: what it learned of deployments
	KeyLimit    = "routeiq.limit/"    // + deployment id: limit.State, of deployments that state a limit; without one: of the whole proxy
)

// Metrics. A metric's labels are part of its name: NAME;label=value;label=value. Envoy's stats_tags take them out, and
// the host turns them into Prometheus labels. Values hold no ';'.
const (
	MetricRequests    = "routeiq_requests_total"            // counter; group, api, code
	MetricAttempts    = "routeiq_attempts_total"            // counter; deployment, class
	MetricTransitions = "routeiq_breaker_transitions_total" // counter; deployment, to
	MetricOpen        = "routeiq_breaker_open"              // gauge, 1 while open; deployment
	MetricTokens      = "routeiq_tokens_total"              // counter; deployment, kind (input, output)
	MetricDuration    = "routeiq_request_duration_ms"       // histogram; group
	MetricFirstByte   = "routeiq_first_byte_ms"             // histogram; deployment
)

// Metrics of the host itself; in Envoy their like is Envoy's own.
const (
	MetricHostInFlight = "routeiq_host_requests_in_flight" // gauge
	MetricHostTraps    = "routeiq_host_vm_traps_total"     // counter
	MetricHostVMs      = "routeiq_host_vms"                // gauge; state (alive, dead)
	MetricHostMemory   = "routeiq_host_vm_memory_bytes"    // gauge; vm
	MetricHostSwaps    = "routeiq_host_config_swaps_total" // counter; result (taken, refused)
	MetricHostDraining = "routeiq_host_draining"           // gauge, 1 while the host ends
)

// Metrics of the agent.
const (
	MetricAgentConfigAge    = "routeiq_agent_config_age_seconds"
	MetricAgentSyncAge      = "routeiq_agent_sync_age_seconds"
	MetricAgentModels       = "routeiq_agent_models"
	MetricAgentRevision     = "routeiq_agent_revision_info"
	MetricAgentPublications = "routeiq_agent_publications_total"
	MetricAgentStepFailing  = "routeiq_agent_step_failing"
	MetricAgentHeld         = "routeiq_agent_held"
	MetricAgentLeader       = "routeiq_agent_leader"
	MetricAgentNodes        = "routeiq_agent_nodes"
	MetricAgentAttempts     = "routeiq_agent_attempts"
)

// MetricLabels are the labels of all metrics.
var MetricLabels = []string{"group", "api", "code", "deployment", "class", "to", "kind"}
