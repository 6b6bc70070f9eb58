package litellm

import "slices"

// The tables of keys, one per block. docs/config.md holds the same, which a test compares. The names that are not
// applied are LiteLLM's (release 1.110): its models of litellm_params, model_info, router and general settings, and the
// documented names of its module for litellm_settings.

// Blocks is every block with a table, in the order of the documentation.
var Blocks = []*Block{
	topLevel, entryKeys, paramKeys, infoKeys, routerKeys, allowedFailsKeys, retryPolicyKeys, moduleKeys, generalKeys,
	breakerKeys, groupBreakerKeys, ownBreakerKeys, retryKeys, limitKeys, healthKeys, answerKeys, routingKeys, artifactKeys, encoderKeys, groupRoutingKeys, shadowKeys, affinityKeys, budgetKeys,
}

var topLevel = &Block{Name: "", Unknown: "LiteLLM knows no such block either", Keys: slices.Concat(
	applied("model_list router_settings general_settings litellm_settings environment_variables"),
	differs("include", "blocks of two files are merged key by key, the included file winning; LiteLLM replaces the whole block"),
	differs("breaker", oursNote), differs("retry", oursNote), differs("limits", oursNote), differs("health", oursNote), differs("on_error", oursNote), differs("answer", oursNote), differs("routing", oursNote), differs("routeiq_version", "ours: the version of the configuration, 1 where it is not stated"),
	later("", nil, `agent_list agents assistant_settings callback_settings credential_list default_vertex_config files_settings finetune_settings
		guardrails mcp_servers mcp_tools mcp_aliases policies policy_attachments prompts sandbox_tools search_tools vector_store_registry worker_registry`),
)}

var entryKeys = &Block{Name: "model_list[]", Keys: slices.Concat(
	applied("model_name litellm_params model_info"),
	differs("rpm", rateNote), differs("tpm", rateNote), differs("weight", sharesNote), differs("max_parallel_requests", parallelNote),
	later("", nil, "blocked model_group access_groups"),
)}

const sharesNote = "the first of weight, rpm, tpm that any deployment of a group states shares its load, here, in litellm_params or in model_info"

const rateNote = "a limit: a deployment that has had so many in a minute is passed over, by LiteLLM's simple-shuffle it is not; 0 is no limit; also a share, see weight"

const parallelNote = "attempts in flight: a full deployment is passed over, LiteLLM waits for it; 0 is no limit"

const oursNote = "ours; LiteLLM does not know it"

var paramKeys = &Block{Name: "litellm_params", Unknown: "LiteLLM would send it to the provider with every request", Keys: slices.Concat(
	applied(`model api_base api_key api_version custom_llm_provider extra_headers headers organization order
		azure_ad_token`),
	differs("input_cost_per_token", priceNote), differs("output_cost_per_token", priceNote),
	differs("cooldown_time", cooldownNote),
	differs("timeout", timeoutNote), differs("request_timeout", timeoutNote), differs("stream_timeout", firstEventNote),
	differs("stall_timeout", stallNote), differs("connect_timeout", connectNote),
	differs("num_retries", deploymentRetriesNote),
	differs("weight", sharesNote), differs("rpm", rateNote), differs("tpm", rateNote), differs("max_parallel_requests", parallelNote),
	differs("mock_response", "always text; LiteLLM's words for errors are not understood"),
	differs("ssl_verify", "true and false; the path of a CA file is not"),
	differs("region_name", "requests with allowed_model_region go only there; part of the deployment's id, as aws_region_name, vertex_location and watsonx_region_name are"),
	differs("aws_region_name", "part of the deployment's id"), differs("vertex_location", "part of the deployment's id"),
	differs("watsonx_region_name", "part of the deployment's id"),
	later("a deployment that has it and no api_key is never chosen", nil,
		`litellm_credential_name tenant_id client_id client_secret azure_username azure_password azure_scope azure_ad_token_provider
		token_exchange_endpoint openai_identity_provider_id anthropic_federation_rule_id`),
	later("a limit, not enforced", aNumber, "rpd tpd itpm otpm max_budget default_api_key_rpm_limit default_api_key_tpm_limit"),
	later("LiteLLM's router gives it no effect either; num_retries counts", aNumber, "max_retries"),
	later("", aNumber, "keepalive_seconds max_file_size_mb"),
	differs("tags", tagsNote), differs("cache_read_input_token_cost", priceNote), differs("output_cost_per_reasoning_token", priceNote),
	later("", aList, "tag_regex"),
	later("", aText, "budget_duration daily_reset_time base_model responses_api_version"),
	later("a parameter that LiteLLM would add to every request", nil, `temperature top_p top_k n stop max_tokens max_completion_tokens presence_penalty frequency_penalty
		logit_bias seed user tools tool_choice parallel_tool_calls response_format logprobs top_logprobs reasoning_effort thinking verbosity extra_body
		extra_query modalities prediction audio service_tier store metadata stream_options dimensions encoding_format input_type safety_settings allowed_openai_params
		additional_drop_params include web_search_options caching cache_control_injection_points prompt_id prompt_variables guardrails`),
	later("parameters go upstream as the client wrote them", nil, "drop_params modify_params merge_reasoning_content_in_choices use_chat_completions_api"),
	later("", nil, `configurable_clientside_auth_params model_info mock_timeout mock_tool_calls mock_delay use_in_pass_through use_litellm_proxy use_xai_oauth
		stream_timeout_by_service_tier timeout_by_service_tier litellm_trace_id litellm_system_prompt fallbacks context_window_fallback_dict
		auto_router_config auto_router_config_path auto_router_default_model auto_router_embedding_model complexity_router_config complexity_router_default_model
		quality_router_config quality_router_default_model adaptive_router_config adaptive_router_default_model vector_store_id allow_client_keepalive_override
		provider_affinity_header chatgpt_auth_file kubernetes_pod_discovery output_vector_size tiered_pricing initial_prompt_value roles final_prompt_value bos_token eos_token`),
	later("of a provider that is not usable yet", nil, `aws_access_key_id aws_secret_access_key aws_session_token aws_session_name aws_profile_name aws_role_name
		aws_web_identity_token aws_sts_endpoint aws_external_id aws_session_tags aws_bedrock_runtime_endpoint aws_bedrock_control_plane_endpoint aws_bedrock_project_id
		aws_batch_role_arn bedrock_tags s3_bucket_name s3_endpoint_url s3_region_name s3_access_key_id s3_secret_access_key s3_encryption_key_id s3_bucket_owner
		s3_output_bucket_name bucket_name gcs_bucket_name vertex_project vertex_credentials vertex_ai_project vertex_ai_location vertex_ai_credentials
		allow_legacy_cloud_file_ids hf_model_name project_id space_id token zen_api_key api_type`),
	later("pricing beside input_cost_per_token and output_cost_per_token", nil, "*cost*"),
)}

var infoKeys = &Block{Name: "model_info", Unknown: "LiteLLM keeps it for its own display", Keys: slices.Concat(
	applied("id"), differs("input_cost_per_token", priceNote), differs("output_cost_per_token", priceNote),
	differs("allowed_fails", allowedFailsNote), differs("cooldown_time", cooldownNote), differs("allowed_fails_policy", failsPolicyNote),
	differs("mode", "chat, completion, embedding and responses limit the APIs a deployment is asked for; others make it unusable"),
	differs("max_input_tokens", "a request whose estimated input is larger goes elsewhere; not stated: that of the shipped table, and a quarter more"),
	differs("supports_function_calling", lacksNote), differs("supports_vision", lacksNote),
	differs("supports_response_schema", lacksNote), differs("supports_native_streaming", lacksNote),
	differs("weight", sharesNote), differs("rpm", rateNote), differs("tpm", rateNote), differs("max_parallel_requests", parallelNote),
	differs("breaker", "ours: the deployment's own breaker"),
	differs("base_model", "whose price, window and lacks of the shipped table hold"), differs("size", "ours: the model's parameters as 8B or 8x7B, for strategies by size; else a size in its name"),
	differs("cache_read_input_token_cost", priceNote), differs("output_cost_per_reasoning_token", priceNote),
	later("", aText, "pricing_provider tier team_id team_public_model_name created_by updated_by description version litellm_provider"),
	later("", aBoolean, `db_model blocked discoverable member_auto_router allow_fail_open enable_tag_filtering internal_router_model enforce_supported_endpoints
		disable_background_health_check`),
	later("", aNumber, "max_tokens max_output_tokens health_check_timeout health_check_max_tokens output_vector_size ptu_count max_embedding_batch_size prompt_cache_min_tokens"),
	later("", nil, `access_groups access_windows created_at updated_at health_check_model health_check_voice health_check_reasoning_effort
		ptu_effective_from ptu_effective_to ptu_shares tiered_pricing off_peak_pricing supported_endpoints supported_openai_params tags`),
	later("a capability that is not asked for yet", aBoolean, "*supports_*"),
	later("pricing beside input_cost_per_token and output_cost_per_token", nil, "*cost*"),
)}

const lacksNote = "false keeps requests that need it away; absent, the shipped table's false does"

const priceNote = "USD; where it is not stated the shipped table's holds"

const tagsNote = "with enable_tag_filtering: for requests that ask for one of them"

var routerKeys = &Block{Name: "router_settings", Keys: slices.Concat(
	differs("timeout", timeoutNote), differs("stream_timeout", firstEventNote),
	differs("stall_timeout", stallNote), differs("connect_timeout", connectNote),
	applied("num_retries fallbacks default_fallbacks content_policy_fallbacks model_group_alias disable_cooldowns"),
	differs("context_window_fallbacks", contextNote),
	differs("routing_strategy", "of every group without one of its own; what is not built yet runs as simple-shuffle, and x-routeiq-strategy says so"),
	differs("routing_strategy_args", "an argument the strategy does not take is refused"),
	differs("allowed_fails", allowedFailsNote), differs("allowed_fails_policy", failsPolicyNote),
	differs("cooldown_time", cooldownNote),
	differs("retry_policy", retryPolicyNote), differs("model_group_retry_policy", "in place of retry_policy for a group, also where it says nothing; a group that does not exist is refused"),
	differs("retry_after", "the pause before a deployment that was tried is tried again; another one is tried at once"),
	differs("enable_pre_call_checks", "what a deployment states in model_info is always looked at"),
	differs("default_max_parallel_requests", "of deployments that state none of max_parallel_requests, rpm, tpm; a full one is passed over"),
	applied("enable_tag_filtering tag_filtering_match_any"),
	differs("provider_budget_config", "periods follow one another from midnight UTC; a month is 30 days; spent is counted per proxy, and lost when it restarts"),
	differs("optional_pre_call_checks", "session_affinity, deployment_affinity and prompt_caching each hold a conversation to its deployment"),
	differs("deployment_affinity_ttl_seconds", "of optional_pre_call_checks"),
	later("state is kept per proxy, Redis is not used", nil, "redis_url redis_host redis_port redis_password redis_db redis_ssl cache_responses cache_kwargs caching_groups"),
	later("", aBoolean, `enable_health_check_routing health_check_ignore_transient_errors ignore_invalid_deployments
		enable_weighted_failover enable_mid_stream_fallback_continuation fallback_on_unsupported_params set_verbose session_affinity_repin_on_failover`),
	later("", aNumber, "max_retries max_fallbacks client_ttl polling_interval default_priority health_check_staleness_threshold"),
	later("", aMapping, "default_litellm_params router_general_settings model_group_affinity_config"),
	later("", nil, `assistants_config search_tools guardrail_list alerting_config debug_level routing_groups plugins weights
		tag_routing_prefix background_health_check_model_groups model_list`),
)}

var moduleKeys = &Block{Name: "litellm_settings", Keys: slices.Concat(
	differs("num_retries", secondNote), differs("request_timeout", "as router_settings.timeout, where that is not set"),
	differs("fallbacks", secondNote), differs("default_fallbacks", secondNote),
	differs("allowed_fails", secondNote), differs("cooldown_time", secondNote),
	differs("ssl_verify", "true and false, for every deployment that does not say; the path of a CA file is not"),
	differs("context_window_fallbacks", secondNote), differs("content_policy_fallbacks", secondNote),
	differs("context_window_fallback_dict", "as context_window_fallbacks, for groups of which those say nothing; what names no group is not applied"),
	later("parameters go upstream as the client wrote them", aBoolean, "drop_params modify_params"),
	later("no answer is cached", nil, "cache cache_params caching enable_caching_on_provider_specific_optional_params default_in_memory_ttl default_redis_ttl enable_redis_auth_cache"),
	later("nothing is called back", nil, `callbacks success_callback failure_callback service_callback input_callback audit_log_callbacks callback_settings
		turn_off_message_logging redact_user_api_key_info langfuse_default_tags langsmith_batch_size datadog_params s3_callback_params generic_logger_headers`),
	later("", aBoolean, `set_verbose json_logs telemetry disable_token_counter suppress_debug_info store_audit_logs force_ipv4 enable_preview_features add_function_to_prompt
		return_response_headers include_cost_in_streaming_usage forward_traceparent_to_llm_provider require_auth_for_metrics_endpoint disable_end_user_cost_tracking
		enable_json_schema_validation log_raw_request_response use_aiohttp_transport disable_aiohttp_transport disable_stop_sequence_limit use_litellm_proxy
		suppress_startup_output disable_add_prefix_to_prompt disable_streaming_logging drop_unsupported_params redact_messages_in_exceptions`),
	later("", aNumber, `max_budget max_internal_user_budget max_ui_session_budget max_end_user_budget max_user_budget max_tokens max_fallbacks num_retries_per_request
		default_max_internal_user_budget default_soft_budget sse_keepalive_ping_interval_seconds`),
	later("", nil, `api_base api_key api_version headers organization budget_duration budget_reset_time internal_user_budget_duration default_team_settings
		default_internal_user_params default_key_generate_params default_team_params upperbound_key_generate_params key_generation_settings
		key_alias_pattern custom_provider_map guardrails model_group_settings model_alias_map model_fallbacks post_call_rules pre_call_rules
		priority_reservation priority_reservation_settings responses mcp_aliases mcp_semantic_tool_filter public_model_groups public_model_groups_links
		prometheus_metrics_config custom_prometheus_metadata_labels custom_prometheus_tags cost_discount_config cost_margin_config tag_budget_config
		extra_spend_tag_headers global_prompt_directory global_bitbucket_config global_gitlab_config websearch_interception_params ssl_certificate
		ssl_security_level ssl_ecdh_curve vertex_ai_safety_settings vertex_project vertex_location blocked_user_list banned_keywords_list llm_guard_mode
		openai_moderations_model_name aws_sqs_callback_params default_redis_batch_cache_expiry user_url_allowed_hosts user_url_validation
		credential_list`),
)}

const (
	allowedFailsNote      = "the breaker opens with the failure after them, counted over its window"
	failsPolicyNote       = "errors it names count for themselves alone, over the breaker's window, and open with the one after them"
	cooldownNote          = "how long the breaker stays open at first; then probes decide; 0: no breaker"
	deploymentRetriesNote = "the largest of a group's deployments holds for the group, router_settings' for those that state none; LiteLLM takes that of the deployment that failed"
	retryPolicyNote       = "replaces num_retries after an error it names"
	contextNote           = "by the estimated input before the call, and by the provider's error"
	stallNote             = "ours; bounds the silence between two pieces of an answer; LiteLLM does not know it"
	connectNote           = "ours; bounds the wait for a connection, 5 seconds where nothing is said; LiteLLM does not know it"
)

const firstEventNote = "bounds the wait for a stream's first event, of each attempt; the longest that an attempt of the request states holds for all"

const timeoutNote = "bounds a request as a whole, attempts and answer included; LiteLLM bounds each wait for the provider"

const secondNote = "counts where router_settings does not set it"

var generalKeys = &Block{Name: "general_settings", Keys: slices.Concat(
	applied("master_key host port"),
	differs("global_max_parallel_requests", "requests in flight in one proxy; over it the answer is 503 with Retry-After, LiteLLM's is 429; limits.max_concurrent_requests wins"),
	later("it protects in LiteLLM; here the master key alone does", nil, `custom_auth custom_auth_settings custom_auth_run_common_checks enable_jwt_auth litellm_jwtauth
		enable_oauth2_auth oauth2_config_mappings allowed_ips allowed_routes admin_only_routes public_routes role_permissions enforce_user_param enforced_params
		custom_sso custom_ui_sso_sign_in_handler user_header_name user_header_mappings litellm_key_header_name reject_clientside_metadata_tags
		block_robots enforce_rbac trusted_proxy_ranges use_x_forwarded_for`),
	later("there is no database", nil, `database_url database_connection_pool_limit database_connection_timeout database_connect_timeout database_socket_timeout
		database_type database_args database_max_idle_connection_lifetime database_extra_connection_params database_disable_prepared_statements
		store_model_in_db store_prompts_in_spend_logs supported_db_objects disable_spend_logs disable_spend_updates disable_prisma_schema_update
		allow_requests_on_db_unavailable disable_error_logs disable_reset_budget disable_adding_master_key_hash_to_db use_redis_transaction_buffer
		proxy_batch_write_at proxy_batch_polling_interval maximum_spend_logs_retention_period maximum_spend_logs_retention_interval
		proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time spend_report_frequency`),
	later("a limit, not enforced; see limits.max_body_bytes", aNumber, "max_parallel_requests max_request_size_mb max_response_size_mb"),
	later("the routes are not served", nil, "pass_through_endpoints pass_through_request_timeout ui_access_mode ui_username ui_password enable_public_model_hub"),
	later("", aBoolean, `background_health_checks health_check_details use_shared_health_check enable_health_check_routing health_check_ignore_transient_errors
		infer_model_from_keys forward_client_headers_to_llm_api forward_openai_org_id otel return_wildcard_routes model_list_healthy_only
		use_google_kms use_azure_key_vault cancel_on_disconnect disable_retry_on_max_parallel_request_limit_error`),
	later("", aNumber, `health_check_interval health_check_concurrency health_check_staleness_threshold alerting_threshold user_api_key_cache_ttl
		user_api_key_cache_max_size proxy_config_reload_interval_seconds`),
	later("", nil, `completion_model default_team_disabled key_management_system key_management_settings alerting alert_types alert_to_webhook_url alerting_args
		alert_type_config custom_key_generate custom_key_update coordination_redis control_plane_url search_tools plugins tracing router_settings
		vertex_ai_pass_through_drop_anthropic_betas mcp_internal_ip_ranges max_file_size_mb allowed_file_extensions blocked_file_extensions`),
)}

// circuitNames are the keys of every block of a breaker.
const circuitNames = `enabled failure_threshold failure_percent minimum_requests window_seconds open_seconds max_open_seconds success_threshold
	half_open_requests`

var breakerKeys = &Block{Name: "breaker", Ours: true, Keys: applied(circuitNames + " when_all_open groups")}

var groupBreakerKeys = &Block{Name: "breaker.groups", Ours: true, Keys: applied(circuitNames + " when_all_open")}

var ownBreakerKeys = &Block{Name: "model_info.breaker", Ours: true, Keys: applied(circuitNames)}

var allowedFailsKeys = &Block{Name: "allowed_fails_policy", Ours: true, Keys: policyKeysOf(failsSuffix)}

var retryPolicyKeys = &Block{Name: "retry_policy", Ours: true, Keys: policyKeysOf(retriesSuffix)}

var retryKeys = &Block{Name: "retry", Ours: true, Keys: applied("budget_percent budget_floor max_attempts")}

var limitKeys = &Block{Name: "limits", Ours: true, Keys: applied("max_body_bytes max_concurrent_requests")}

var healthKeys = &Block{Name: "health", Ours: true, Keys: applied("min_models")}

var answerKeys = &Block{Name: "answer", Ours: true, Keys: applied("litellm_headers stream_usage")}

var routingKeys = &Block{Name: "routing", Ours: true, Keys: applied("affinity artifacts encoder groups")}

var artifactKeys = &Block{Name: "routing.artifacts", Ours: true, Keys: applied("require_signature keys")}

var encoderKeys = &Block{Name: "routing.encoder", Ours: true, Keys: applied("api api_base api_key model id timeout cache_size")}

var groupRoutingKeys = &Block{Name: "routing.groups", Ours: true, Keys: applied("routing_strategy routing_strategy_args affinity shadow")}

var shadowKeys = &Block{Name: "shadow", Ours: true, Keys: applied("routing_strategy routing_strategy_args percent max_per_second")}

var affinityKeys = &Block{Name: "affinity", Ours: true, Keys: applied("mode ttl_seconds")}

var budgetKeys = &Block{Name: "provider_budget_config", Ours: true, Keys: applied("budget_limit time_period max_budget budget_duration")}
