package litellm

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// compileWith compiles a text beside files.
func compileWith(text string, files map[string][]byte) (*Compiled, error) {
	return Compile(Source{
		Path: "conf/config.yaml",
		Read: func(path string) ([]byte, error) {
			if path == "conf/config.yaml" {
				return []byte(text), nil
			}
			if body, ok := files[path]; ok {
				return body, nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		Getenv: func(string) (string, bool) { return "", false },
	})
}

// twoModels is a configuration with a group of the deployments a, b and c, and what is put below routing.
func twoModels(routing string) string {
	return `
model_list:
  - {model_name: g, litellm_params: {model: openai/a, mock_response: a}, model_info: {id: g-a}}
  - {model_name: g, litellm_params: {model: openai/b, mock_response: b}, model_info: {id: g-b}}
  - {model_name: g, litellm_params: {model: openai/c, mock_response: c}, model_info: {id: g-c}}
routing:
` + routing
}

func exampleFiles(kind, encoder string, more map[string]any) map[string][]byte {
	manifest, tensors := artifacttest.Example(kind, encoder, 256)
	if more != nil {
		manifest = artifacttest.Write(more, tensors)
	}
	return map[string][]byte{
		"conf/m/manifest.json": manifest, "conf/m/model.safetensors": tensors,
		"s3://bucket/m/manifest.json": manifest, "s3://bucket/m/model.safetensors": tensors,
	}
}

// TestArtifact: it becomes part of the document, once, whoever goes by it, and another content is another revision.
func TestArtifact(t *testing.T) {
	files := exampleFiles("linear", "routeiq/ngram-1", nil)
	text := twoModels(`
  groups:
    g:
      routing_strategy: mfrouter
      routing_strategy_args: {artifact: m}
      shadow: {routing_strategy: llmrouter-graph, routing_strategy_args: {artifact: m}, percent: 2.5}`)
	c, err := compileWith(text, files)
	if err != nil {
		t.Fatal(err)
	}
	g := c.Config.Groups[0]
	if len(c.Config.Artifacts) != 1 || c.Config.Artifacts[0].Name != "m" || g.Strategy.Name != "llmrouter-mf" || g.Strategy.Args.Text("artifact") != "m" {
		t.Errorf("%+v", g.Strategy)
	}
	if s := g.Shadow; s == nil || s.Strategy.Name != "llmrouter-graph" || s.Percent != 2.5 || s.PerSecond != shadowPerSecond {
		t.Errorf("%+v", g.Shadow)
	}
	if _, err := compileWith(strings.ReplaceAll(text, "artifact: m}", `artifact: "s3://user:planted@bucket/m?token=planted"}`), nil); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("a secret of a URL is shown: %v", err)
	}
	byURL, err := compileWith(strings.ReplaceAll(text, "artifact: m}", "artifact: s3://bucket/m}"), files)
	if err != nil || byURL.Config.Artifacts[0].Name != "s3://bucket/m" {
		t.Errorf("%v", err)
	}
	other, err := compileWith(text, exampleFiles("linear", "routeiq/ngram-1", map[string]any{
		"kind": "linear", "labels": []string{"b", "a", "c"}, "encoder": map[string]any{"id": "routeiq/ngram-1", "dimension": 256},
		"query_view": "last_user", "parameters": map[string]any{"input": "as_is"}, "prices": map[string]any{"a": map[string]any{"input": 2, "output": 8}},
	}))
	if err != nil || other.Config.Revision == c.Config.Revision {
		t.Fatalf("%v, revision %s", err, other.Config.Revision)
	}
	if p := other.Config.Groups[0].Deployments[0].Price; p == nil || p.Input != 2e-6 || p.Output != 8e-6 {
		t.Errorf("the artifact's price is not taken: %+v", p)
	}
	if _, err := compileWith(strings.Replace(text, "artifact: m}", "artifact: m, labels: {a: [a, c], b: a, c: b}}", 1), files); err != nil {
		t.Errorf("two labels of one deployment: %v", err)
	}
}

// TestArtifactRefuses: every way it can be wrong for the group it is to serve, each with its place.
func TestArtifactRefuses(t *testing.T) {
	strategy := func(rest string) string { return twoModels("  groups: {g: {" + rest + "}}") }
	named := strategy("routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: m}")
	const at = "routing.groups.g.routing_strategy_args.artifact: "
	linear := func(more map[string]any) map[string][]byte {
		m := map[string]any{
			"kind": "linear", "labels": []string{"a", "b", "c"}, "encoder": map[string]any{"id": "routeiq/ngram-1", "dimension": 256},
			"query_view": "last_user", "parameters": map[string]any{"input": "as_is"},
		}
		for name, value := range more {
			m[name] = value
		}
		return exampleFiles("linear", "", m)
	}
	for name, c := range map[string]struct {
		text  string
		files map[string][]byte
		says  string
	}{
		"none named":        {strategy("routing_strategy: llmrouter-mf"), nil, "needs the path or URL of an artifact"},
		"none there":        {named, nil, at + "names an artifact that cannot be used: open conf/m/manifest.json: file does not exist"},
		"of another kind":   {named, exampleFiles("knn", "routeiq/ngram-1", nil), at + `"m" is of kind "knn", llmrouter-mf goes by linear`},
		"a label is nobody": {named, linear(map[string]any{"labels": []string{"a", "b", "x"}}), at + `"m" has the label "x", which means no deployment of "g": name its deployments under labels, or give it an empty list there`},
		"labels of others":  {strategy("routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: m, labels: {z: a}}"), linear(nil), `labels: "z" is no label of "m", expected one of "a", "b", "c"`},
		"no encoder":        {named, exampleFiles("linear", "mini", nil), at + `"m" goes by vectors of "mini", and there is no encoder: add routing.encoder with its api_base`},
		"another encoder": {twoModels("  encoder: {api_base: 'http://h:1', id: maxi}\n  groups: {g: {routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: m}}}"),
			exampleFiles("linear", "mini", nil), `goes by vectors of "mini", the encoder is "maxi"`},
		"no quality":                 {strategy("routing_strategy: llmrouter-utility, routing_strategy_args: {artifact: m}"), linear(nil), "does not say that its scores are qualities"},
		"not signed":                 {twoModels("  artifacts: {require_signature: true, keys: {k: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}}\n  groups: {g: {routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: m}}}"), linear(nil), "signature: is missing, and require_signature is set"},
		"no keys":                    {twoModels("  artifacts: {require_signature: true}"), nil, "routing.artifacts: has require_signature and no keys"},
		"a key that is none":         {twoModels("  artifacts: {keys: {k: abc}}"), nil, "expected the 32 bytes of an Ed25519 public key in base64"},
		"a shadow without":           {strategy("shadow: {percent: 5}"), nil, "routing.groups.g.shadow: has no routing_strategy"},
		"a fallback of its own kind": {strategy("routing_strategy: llmrouter-mf, routing_strategy_args: {artifact: m, fallback_strategy: llmrouter-mf}"), linear(nil), "fallback_strategy: is llmrouter-mf itself"},
		"gmt":                        {strategy("routing_strategy: gmtrouter"), nil, "it needs a table of its users"},
	} {
		_, err := compileWith(c.text, c.files)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v\nexpected %q", name, err, c.says)
		}
	}
}

// TestEncoder: where it is asked, and with which key; the module gets no key.
func TestEncoder(t *testing.T) {
	for _, c := range []struct{ block, path, authority string }{
		{"{api_base: 'http://h:8080', model: mini}", "/v1/embeddings", "h:8080"}, {"{api_base: 'https://h/v1', model: mini}", "/v1/embeddings", "h"},
		{"{api_base: 'https://h/openai/v1/embeddings', model: mini}", "/openai/v1/embeddings", "h"},
		{"{api: tei, api_base: 'http://h:3000', id: mini}", "/embed", "h:3000"}, {"{api: tei, api_base: 'http://h/x/embed', id: mini}", "/x/embed", "h"},
	} {
		compiled, err := compileWith(twoModels("  encoder: "+c.block), nil)
		if err != nil {
			t.Errorf("%s: %v", c.block, err)
			continue
		}
		e := compiled.Config.Encoder
		if e.Path != c.path || e.Authority != c.authority || e.ID != "mini" || e.DeadlineMS != encoderDeadlineMS || e.Cache != encoderCache {
			t.Errorf("%s: %+v", c.block, *e)
		}
	}
	compiled, err := compileWith(twoModels("  encoder: {api_base: 'https://h', model: mini, id: other, api_key: sk-planted, timeout: 0.2, cache_size: 0}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, at := compiled.Config.Encoder, compiled.Clusters[0]
	if e.ID != "other" || e.Model != "mini" || e.DeadlineMS != 200 || e.Cache != 0 || !at.Own || at.Name != abi.EncoderCluster || at.Credential != compiled.Credentials[0].Name {
		t.Errorf("%+v %+v", *e, at)
	}
	if p := compiled.Credentials[0].Parts[0]; p.Header != "authorization" || p.Prefix != "Bearer " || p.Secret.Value != "sk-planted" {
		t.Errorf("%+v", p)
	}
	for block, says := range map[string]string{
		"{model: mini}":                                   "has no api_base",
		"{api_base: 'http://h'}":                          "has neither id nor model",
		"{api_base: 'ftp://h', model: m}":                 "expected an address like",
		"{api: grpc, api_base: 'http://h', model: m}":     "expected openai or tei",
		"{api_base: os.environ/NOWHERE, model: m}":        "NOWHERE is not set",
		"{api_base: 'http://h', model: m, dimension: 42}": "dimension",
		"{api_base: 'http://h', model: m, timeout: 61}":   "seconds, more than 0 and at most 60",
	} {
		if _, err := compileWith(twoModels("  encoder: "+block), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, expected %q", block, err, says)
		}
	}
}
