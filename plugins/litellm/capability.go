package litellm

import (
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/provider/nearest"
)

// modes says which APIs a deployment of a mode is asked for.
var modes = map[string][]abi.API{
	"chat":       {abi.APIChat, abi.APIResponses, abi.APIMessages},
	"completion": {abi.APICompletions},
	"embedding":  {abi.APIEmbeddings},
	"responses":  {abi.APIResponses},
}

// otherModes are LiteLLM's modes for APIs that are not built yet.
var otherModes = []string{
	"image_generation", "image_edit", "video_generation", "audio_transcription", "audio_speech", "moderation", "rerank", "batch", "realtime",
	"vector_store", "ocr", "search", "guardrail",
}

// capabilities reads what model_info states a deployment can do.
func (c *compiler) capabilities(e *entry) {
	d := &e.d
	if n, ok := c.whole(e.info.get("max_input_tokens"), 1, 1_000_000_000, "a number of tokens"); ok {
		d.MaxInputTokens = n
	}
	for _, need := range abi.Needs {
		if able, ok := c.boolean(e.info.get(supportsKey[need])); ok && !able {
			d.Lacks = append(d.Lacks, need)
		}
	}
	table := c.shipped(e)
	c.shippedLimits(e, table)
	c.price(e, table.Price)
	c.description(e)
	n := e.info.get("mode")
	mode, stated := c.text(n)
	if !stated || mode == "" {
		mode = modeOf(d.Provider, d.Model)
		n = e.params.get("model")
	}
	if mode == "" {
		return
	}
	if slices.Contains(otherModes, mode) {
		if d.Unconfigured == "" {
			d.Unconfigured = "the API of mode " + mode + " is not built yet"
			d.Paths = nil
			c.noteAt(n, "mode "+mode, d.Unconfigured+": deployments of it are never chosen")
		}
		return
	}
	keep, known := modes[mode]
	if !known {
		message := "is " + quote(mode) + ", which is no mode LiteLLM knows, and is not applied"
		if near := nearest.Of(mode, slices.Concat([]string{"chat", "completion", "embedding", "responses"}, otherModes)); near != "" {
			message += ": did you mean " + quote(near) + "?"
		}
		c.warnAt(n, message)
		return
	}
	had := len(d.Paths)
	d.Paths = slices.DeleteFunc(d.Paths, func(p abi.APIPath) bool { return !slices.Contains(keep, p.API) })
	if had > 0 && len(d.Paths) == 0 && d.Unconfigured == "" {
		d.Unconfigured = d.Provider + " speaks no API of mode " + mode
		c.noteAt(n, "mode "+d.Provider+mode, d.Unconfigured+": such deployments are never chosen")
	}
}

// modeOf tells the mode of OpenAI's own models that are not for chat, by their names, where none is stated. Elsewhere a
// name says too little: an Azure deployment is called what its owner likes.
func modeOf(provider, model string) string {
	if provider != "openai" {
		return ""
	}
	for _, m := range []struct{ prefix, mode string }{
		{"text-embedding-", "embedding"}, {"dall-e-", "image_generation"}, {"gpt-image-", "image_generation"}, {"whisper-", "audio_transcription"},
		{"tts-", "audio_speech"}, {"omni-moderation-", "moderation"}, {"text-moderation-", "moderation"}, {"sora-", "video_generation"},
	} {
		if strings.HasPrefix(model, m.prefix) {
			return m.mode
		}
	}
	return ""
}
