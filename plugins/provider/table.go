package provider

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// Table is every prefix LiteLLM knows that can carry one of our APIs. Base URLs and variables are LiteLLM's (release
// 1.110); the APIs are those the provider documents itself, so a deployment is asked for nothing it must refuse.
//
// To add one, add a line. A provider that is not here works too, as prefix/model with an api_base.
var Table = slices.Concat([]Provider{
	// The three the others are measured by.
	{Name: "openai", Style: OpenAI, Base: "https://api.openai.com/v1", BaseEnv: []string{"OPENAI_BASE_URL", "OPENAI_API_BASE"},
		KeyEnv: []string{"OPENAI_API_KEY"}, Header: "authorization", Prefix: "Bearer ", APIs: apis("chat completions embeddings responses"), Routes: []string{"responses/"}},
	{Name: "azure", Style: Azure, BaseEnv: []string{"AZURE_API_BASE"}, KeyEnv: []string{"AZURE_API_KEY", "AZURE_OPENAI_API_KEY"},
		Header: "api-key", APIs: apis("chat completions embeddings responses"), Routes: []string{"responses/", "o_series/", "gpt5_series/"}},
	{Name: "anthropic", Style: Anthropic, Base: "https://api.anthropic.com", BaseEnv: []string{"ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"},
		KeyEnv: []string{"ANTHROPIC_API_KEY"}, Header: "x-api-key", APIs: apis("messages")},

	{Name: "text-completion-openai", Style: OpenAI, Base: "https://api.openai.com/v1", BaseEnv: []string{"OPENAI_BASE_URL", "OPENAI_API_BASE"},
		KeyEnv: []string{"OPENAI_API_KEY"}, Header: "authorization", Prefix: "Bearer ", APIs: apis("completions")},
	{Name: "azure_text", Style: Azure, BaseEnv: []string{"AZURE_API_BASE"}, KeyEnv: []string{"AZURE_API_KEY", "AZURE_OPENAI_API_KEY"},
		Header: "api-key", APIs: apis("completions")},

	// OpenAI-compatible services: name, base URL, variables of the base URL, variables of the key, APIs.
	openAI("abliteration", "https://api.abliteration.ai/v1", "", "ABLITERATION_API_KEY", "chat"),
	openAI("ai21", "https://api.ai21.com/studio/v1", "AI21_API_BASE", "AI21_API_KEY", "chat"),
	openAI("ai21_chat", "https://api.ai21.com/studio/v1", "AI21_API_BASE", "AI21_API_KEY", "chat"),
	openAI("aiand", "https://api.aiand.com/v1", "AIAND_API_BASE", "AIAND_API_KEY", "chat responses messages"),
	openAI("aihubmix", "https://aihubmix.com/v1", "AIHUBMIX_API_BASE", "AIHUBMIX_API_KEY", "chat"),
	openAI("aiml", "https://api.aimlapi.com/v1", "AIML_API_BASE", "AIML_API_KEY", "chat embeddings"),
	openAI("anyscale", "https://api.endpoints.anyscale.com/v1", "ANYSCALE_API_BASE", "ANYSCALE_API_KEY", "chat completions"),
	openAI("apertis", "https://api.stima.tech/v1", "", "STIMA_API_KEY", "chat completions"),
	openAI("baseten", "https://inference.baseten.co/v1", "BASETEN_API_BASE", "BASETEN_API_KEY", "chat"),
	openAI("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_BASE", "CEREBRAS_API_KEY", "chat completions"),
	openAI("chutes", "https://llm.chutes.ai/v1", "", "CHUTES_API_KEY", "chat completions"),
	openAI("clarifai", "https://api.clarifai.com/v2/ext/openai/v1", "", "CLARIFAI_API_KEY", "chat"),
	openAI("codestral", "https://codestral.mistral.ai/v1", "CODESTRAL_API_BASE", "CODESTRAL_API_KEY", "chat"),
	openAI("cognition", "https://api.cognition.ai/v1", "COGNITION_API_BASE", "COGNITION_API_KEY", "chat"),
	openAI("cometapi", "https://api.cometapi.com/v1", "COMETAPI_API_BASE", "COMETAPI_KEY", "chat embeddings"),
	openAI("compactifai", "https://api.compactif.ai/v1", "", "COMPACTIFAI_API_KEY", "chat"),
	openAI("coralbricks", "https://inference.coralbricks.ai/v1", "CORALBRICKS_API_BASE", "CORALBRICKS_API_KEY", "chat responses messages"),
	openAI("cortecs", "https://api.cortecs.ai/v1", "CORTECS_API_BASE", "CORTECS_API_KEY", "chat responses messages"),
	openAI("crusoe", "https://api.inference.crusoecloud.com/v1", "CRUSOE_API_BASE", "CRUSOE_API_KEY", "chat"),
	openAI("darkbloom", "https://api.darkbloom.dev/v1", "DARKBLOOM_API_BASE", "DARKBLOOM_API_KEY", "chat"),
	openAI("dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_BASE", "DASHSCOPE_API_KEY", "chat embeddings"),
	openAI("databricks", "", "DATABRICKS_API_BASE", "DATABRICKS_API_KEY DATABRICKS_TOKEN", "chat embeddings"),
	openAI("deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_BASE", "DEEPINFRA_API_KEY", "chat completions embeddings"),
	openAI("deepseek", "https://api.deepseek.com/beta", "DEEPSEEK_API_BASE", "DEEPSEEK_API_KEY", "chat completions"),
	openAI("edenai", "https://api.edenai.run/v3", "", "EDENAI_API_KEY", "chat"),
	openAI("empiriolabs", "https://api.empiriolabs.ai/v1", "EMPIRIOLABS_API_BASE", "EMPIRIOLABS_API_KEY", "chat embeddings responses"),
	openAI("empower", "https://app.empower.dev/api/v1", "EMPOWER_API_BASE", "EMPOWER_API_KEY", "chat"),
	openAI("featherless_ai", "https://api.featherless.ai/v1", "FEATHERLESS_AI_API_BASE FEATHERLESS_API_BASE", "FEATHERLESS_AI_API_KEY FEATHERLESS_API_KEY", "chat completions"),
	openAI("fireworks_ai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_BASE",
		"FIREWORKS_API_KEY FIREWORKS_AI_API_KEY FIREWORKSAI_API_KEY FIREWORKS_AI_TOKEN", "chat completions embeddings responses").within("accounts/fireworks/models/"),
	openAI("friendliai", "https://api.friendli.ai/serverless/v1", "FRIENDLI_API_BASE", "FRIENDLIAI_API_KEY FRIENDLI_TOKEN", "chat completions"),
	openAI("galadriel", "https://api.galadriel.com/v1", "GALADRIEL_API_BASE", "GALADRIEL_API_KEY", "chat"),
	openAI("github", "https://models.inference.ai.azure.com", "GITHUB_API_BASE", "GITHUB_API_KEY", "chat embeddings"),
	openAI("gmi", "https://api.gmi-serving.com/v1", "", "GMI_API_KEY", "chat"),
	openAI("groq", "https://api.groq.com/openai/v1", "GROQ_API_BASE", "GROQ_API_KEY", "chat responses"),
	openAI("helicone", "https://ai-gateway.helicone.ai", "", "HELICONE_API_KEY", "chat"),
	openAI("hostinger_router", "https://router.hostinger.com/v1", "HOSTINGER_ROUTER_API_BASE", "HOSTINGER_ROUTER_API_KEY", "chat embeddings"),
	openAI("hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_BASE", "HYPERBOLIC_API_KEY", "chat completions"),
	openAI("inception", "https://api.inceptionlabs.ai/v1", "INCEPTION_API_BASE", "INCEPTION_API_KEY", "chat"),
	openAI("inferenceapis", "https://api.inferenceapis.com/v1", "INFERENCEAPIS_API_BASE", "INFERENCEAPIS_API_KEY", "chat responses messages"),
	openAI("jina_ai", "https://api.jina.ai/v1", "JINA_AI_API_BASE", "JINA_AI_API_KEY JINA_API_KEY JINA_AI_TOKEN", "embeddings"),
	openAI("kyma", "https://kymaapi.com/v1", "", "KYMA_API_KEY", "chat"),
	openAI("lambda_ai", "https://api.lambda.ai/v1", "LAMBDA_API_BASE", "LAMBDA_API_KEY", "chat completions"),
	openAI("libertai", "https://api.libertai.io/v1", "LIBERTAI_API_BASE", "LIBERTAI_API_KEY", "chat embeddings"),
	openAI("llamagate", "https://api.llamagate.dev/v1", "", "LLAMAGATE_API_KEY", "chat embeddings"),
	openAI("meta", "https://api.meta.ai/v1", "META_API_BASE", "META_API_KEY", "chat responses messages"),
	openAI("meta_llama", "https://api.llama.com/compat/v1", "LLAMA_API_BASE", "LLAMA_API_KEY", "chat"),
	openAI("minimax", "https://api.minimax.io/v1", "MINIMAX_API_BASE", "MINIMAX_API_KEY", "chat"),
	openAI("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_BASE MISTRAL_AZURE_API_BASE", "MISTRAL_API_KEY MISTRAL_AZURE_API_KEY", "chat embeddings").under("/v1"),
	openAI("modelscope", "https://api-inference.modelscope.cn/v1", "MODELSCOPE_API_BASE", "MODELSCOPE_API_KEY", "chat"),
	openAI("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_BASE", "MOONSHOT_API_KEY", "chat"),
	openAI("morph", "https://api.morphllm.com/v1", "MORPH_API_BASE", "MORPH_API_KEY", "chat"),
	openAI("nano-gpt", "https://nano-gpt.com/api/v1", "", "NANOGPT_API_KEY", "chat"),
	openAI("nebius", "https://api.studio.nebius.ai/v1", "NEBIUS_API_BASE", "NEBIUS_API_KEY", "chat completions embeddings"),
	openAI("neosantara", "https://api.neosantara.xyz/v1", "NEOSANTARA_API_BASE", "NEOSANTARA_API_KEY", "chat responses"),
	openAI("novita", "https://api.novita.ai/v3/openai", "NOVITA_API_BASE", "NOVITA_API_KEY", "chat completions embeddings"),
	openAI("nscale", "https://inference.api.nscale.com/v1", "NSCALE_API_BASE", "NSCALE_API_KEY", "chat"),
	openAI("nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_BASE", "NVIDIA_NIM_API_KEY", "chat completions embeddings"),
	openAI("openinfer", "https://api.openinfer.ai/v1", "OPENINFER_API_BASE", "OPENINFER_API_KEY", "chat responses messages"),
	openAI("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_BASE", "OPENROUTER_API_KEY OR_API_KEY", "chat completions embeddings responses"),
	openAI("ovhcloud", "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1", "OVHCLOUD_API_BASE", "OVHCLOUD_API_KEY", "chat embeddings"),
	openAI("parasail", "https://api.parasail.io/v1", "PARASAIL_API_BASE", "PARASAIL_API_KEY", "chat responses"),
	openAI("perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_BASE", "PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY", "chat"),
	openAI("pinstripes", "https://pinstripes.io/v1", "PINSTRIPES_API_BASE", "PINSTRIPES_API_KEY", "chat responses"),
	openAI("poe", "https://api.poe.com/v1", "", "POE_API_KEY", "chat"),
	openAI("prism", "https://api.prisminference.com/v1", "PRISM_API_BASE", "PRISM_API_KEY", "chat responses messages"),
	openAI("publicai", "https://api.publicai.co/v1", "PUBLICAI_API_BASE", "PUBLICAI_API_KEY", "chat"),
	openAI("qwen_ai_platform", "https://dashscope.aliyuncs.com/compatible-mode/v1", "", "QWEN_AI_PLATFORM_API_KEY DASHSCOPE_API_KEY", "chat embeddings"),
	openAI("qwencloud", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "", "QWENCLOUD_API_KEY DASHSCOPE_API_KEY", "chat embeddings"),
	openAI("refuseless", "https://api.refuseless.com/v1", "", "REFUSELESS_API_KEY", "chat responses"),
	openAI("reka", "https://api.reka.ai/v1", "REKA_API_BASE", "REKA_API_KEY", "chat"),
	openAI("sail", "https://api.sailresearch.com/v1", "SAIL_API_BASE", "SAIL_API_KEY", "chat responses messages"),
	openAI("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_BASE", "SAMBANOVA_API_KEY", "chat embeddings"),
	openAI("scaleway", "https://api.scaleway.ai/v1", "", "SCW_SECRET_KEY", "chat embeddings"),
	openAI("scx-ai", "https://api.scx.ai/v1", "SCX_API_BASE", "SCX_API_KEY", "chat"),
	openAI("streamlake", "https://vanchin.streamlake.ai/api/gateway/v1/endpoints", "STREAMLAKE_API_BASE", "STREAMLAKE_API_KEY", "chat"),
	openAI("synthetic", "https://api.synthetic.new/openai/v1", "", "SYNTHETIC_API_KEY", "chat completions"),
	openAI("tencent", "https://tokenhub-intl.tencentcloudmaas.com/v1", "TENCENT_API_BASE", "TENCENT_API_KEY", "chat"),
	openAI("tensormesh", "https://serverless.tensormesh.ai/v1", "TENSORMESH_SERVERLESS_BASE_URL", "TENSORMESH_INFERENCE_API_KEY", "chat responses"),
	openAI("together_ai", "https://api.together.ai/v1", "TOGETHER_AI_API_BASE",
		"TOGETHERAI_API_KEY TOGETHER_API_KEY TOGETHER_AI_API_KEY TOGETHER_AI_TOKEN", "chat completions embeddings"),
	openAI("v0", "https://api.v0.dev/v1", "V0_API_BASE", "V0_API_KEY", "chat"),
	openAI("veniceai", "https://api.venice.ai/api/v1", "", "VENICE_AI_API_KEY", "chat"),
	openAI("vercel_ai_gateway", "https://ai-gateway.vercel.sh/v1", "VERCEL_AI_GATEWAY_API_BASE", "VERCEL_AI_GATEWAY_API_KEY VERCEL_OIDC_TOKEN", "chat embeddings"),
	openAI("volcengine", "https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_BASE", "VOLCENGINE_API_KEY", "chat embeddings responses"),
	openAI("voyage", "https://api.voyageai.com/v1", "", "VOYAGE_API_KEY", "embeddings"),
	openAI("wally", "https://inference.runanywhere.ai/v1", "WALLY_API_BASE", "WALLY_API_KEY", "chat"),
	openAI("wandb", "https://api.inference.wandb.ai/v1", "WANDB_API_BASE", "WANDB_API_KEY", "chat"),
	openAI("xai", "https://api.x.ai/v1", "XAI_API_BASE", "XAI_API_KEY", "chat responses"),
	openAI("xiaomi_mimo", "https://api.xiaomimimo.com/v1", "", "XIAOMI_MIMO_API_KEY", "chat"),
	openAI("zai", "https://api.z.ai/api/paas/v4", "ZAI_API_BASE", "ZAI_API_KEY", "chat"),
	openAI("zerogpu", "https://api.zerogpu.ai/v1", "ZEROGPU_API_BASE", "ZEROGPU_API_KEY", "chat responses"),

	// Servers of one's own: no key is needed, a key that is there is sent.
	own("custom_openai", "", "", "", "chat completions embeddings responses"),
	own("docker_model_runner", "http://localhost:22088/engines/llama.cpp", "DOCKER_MODEL_RUNNER_API_BASE", "DOCKER_MODEL_RUNNER_API_KEY", "chat completions embeddings").under("/v1"),
	own("hosted_vllm", "", "HOSTED_VLLM_API_BASE", "HOSTED_VLLM_API_KEY", "chat completions embeddings responses"),
	own("infinity", "", "INFINITY_API_BASE", "INFINITY_API_KEY", "embeddings"),
	own("lemonade", "http://localhost:8000/api/v1", "LEMONADE_API_BASE", "LEMONADE_API_KEY", "chat completions embeddings"),
	own("litellm_proxy", "", "LITELLM_PROXY_API_BASE", "LITELLM_PROXY_API_KEY", "chat completions embeddings responses messages").under("/v1"),
	own("llamafile", "http://127.0.0.1:8080/v1", "LLAMAFILE_API_BASE", "LLAMAFILE_API_KEY", "chat completions embeddings"),
	own("lm_studio", "", "LM_STUDIO_API_BASE", "LM_STUDIO_API_KEY", "chat completions embeddings"),
	own("ollama", "http://localhost:11434", "OLLAMA_API_BASE", "OLLAMA_API_KEY", "chat completions embeddings").under("/v1"),
	own("ollama_chat", "http://localhost:11434", "OLLAMA_API_BASE", "OLLAMA_API_KEY", "chat completions embeddings").under("/v1"),
	own("openai_like", "", "OPENAI_LIKE_API_BASE", "OPENAI_LIKE_API_KEY", "chat completions embeddings"),
	own("vllm", "", "HOSTED_VLLM_API_BASE", "HOSTED_VLLM_API_KEY", "chat completions embeddings responses"),
	own("xinference", "http://127.0.0.1:9997/v1", "XINFERENCE_API_BASE", "XINFERENCE_API_KEY", "chat completions embeddings"),
},
	unusable("needs AWS request signing, which is not built yet", "bedrock", "bedrock_converse", "bedrock_mantle", "sagemaker", "sagemaker_chat", "sagemaker_nova", "amazon_nova"),
	unusable("needs Google credentials and a translation of its API, which are not built yet", "vertex_ai", "vertex_ai_beta", "gemini", "palm", "gdc"),
	unusable("needs a translation of its API, which is not built yet", "aleph_alpha", "anthropic_text", "azure_ai", "bytez", "cloudflare", "cohere", "cohere_chat",
		"datarobot", "gradient_ai", "heroku", "huggingface", "langflow", "langgraph", "manus", "maritalk", "nlp_cloud", "oobabooga", "petals", "predibase",
		"ragflow", "replicate", "snowflake", "text-completion-codestral", "text-completion-inception", "triton", "watsonx", "watsonx_text", "bigmodel", "opencode_go"),
	unusable("needs a login of its own (OAuth), which is not built yet", "chatgpt", "gigachat", "github_copilot", "microsoft_365_copilot", "oci", "sap"),
	unusable("serves none of the APIs there are so far", "assemblyai", "aws_polly", "azure_speech", "black_forest_labs", "deepgram", "elevenlabs", "fal_ai",
		"nvidia_riva", "recraft", "reducto", "runwayml", "soniox", "stability", "topaz", "transcribe"),
	unusable("is a router inside LiteLLM: name its models as a group with a strategy", "auto_router", "litellm_agent"),
)

var byName = func() map[string]*Provider {
	m := make(map[string]*Provider, len(Table))
	for i := range Table {
		m[Table[i].Name] = &Table[i]
	}
	return m
}()

// Names returns every known prefix, in the order of the table.
func Names() []string {
	names := make([]string, len(Table))
	for i := range Table {
		names[i] = Table[i].Name
	}
	return names
}

// openAI is an OpenAI-compatible service; the lists are words with blanks between.
func openAI(name, base, baseEnv, keyEnv, list string) Provider {
	return Provider{
		Name: name, Style: OpenAI, Base: base, BaseEnv: strings.Fields(baseEnv), KeyEnv: strings.Fields(keyEnv),
		Header: "authorization", Prefix: "Bearer ", APIs: apis(list),
	}
}

// own is an OpenAI-compatible server that needs no key.
func own(name, base, baseEnv, keyEnv, list string) Provider {
	p := openAI(name, base, baseEnv, keyEnv, list)
	p.Keyless = true
	return p
}

func (p Provider) under(root string) Provider {
	p.Root = root
	return p
}

func (p Provider) within(folder string) Provider {
	p.Within = folder
	return p
}

func unusable(reason string, names ...string) []Provider {
	var list []Provider
	for _, name := range names {
		list = append(list, Provider{Name: name, Unusable: name + " " + reason})
	}
	return list
}

func apis(list string) []abi.API {
	var apis []abi.API
	for _, word := range strings.Fields(list) {
		apis = append(apis, abi.API(word))
	}
	return apis
}
