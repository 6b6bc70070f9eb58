package artifact_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
)

// sum is a hash of the right length.
var sum = strings.Repeat("0123456789abcdef", 4)

// full has every member.
var full = `{
	"format": "routeiq-artifact", "version": 1, "kind": "knn", "origin": "knnrouter", "labels": ["small", "large"],
	"encoder": {"id": "test/model", "dimension": 384, "pooling": "mean", "normalize": true, "max_tokens": 256, "truncation": "right"},
	"query_view": "last_user", "parameters": {"k": 5, "weights": "uniform", "low": -1.5e-3}, "quality": true,
	"prices": {"small": {"input": 0.1, "output": 0.2}}, "calibration": {"quantiles": [` + strings.Repeat("0, ", 50) + `1` + strings.Repeat(", 2", 50) + `]},
	"reach": 0.75, "training": {"sha256": "` + sum + `", "rows": 1200}, "made_with": {"numpy": "2.4.6"},
	"files": {"model.safetensors": {"sha256": "` + sum + `", "size": 100}},
	"signature": {"type": "ed25519", "key": "release", "value": "` + strings.Repeat("AAAA", 21) + `AA=="}
}`

func TestParseManifest(t *testing.T) {
	got, err := artifact.ParseManifest([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	quantiles := make([]float64, 101)
	for i := 50; i < len(quantiles); i++ {
		quantiles[i] = min(float64(i-49), 2)
	}
	want := &artifact.Manifest{
		Kind: "knn", Origin: "knnrouter", Labels: []string{"small", "large"},
		Encoder: &artifact.Encoder{
			ID: "test/model", Dimension: 384, Pooling: "mean", Normalize: true, MaxTokens: 256, Truncation: "right",
		},
		QueryView:  "last_user",
		Parameters: map[string]artifact.Parameter{"k": {Number: 5}, "weights": {Text: "uniform", IsText: true}, "low": {Number: -0.0015}},
		Quality:    true, Prices: map[string]artifact.Price{"small": {Input: 0.1, Output: 0.2}}, Quantiles: quantiles, Reach: 0.75,
		Training: &artifact.Training{SHA256: sum, Rows: 1200}, MadeWith: map[string]string{"numpy": "2.4.6"},
		Files:     map[string]artifact.FileSum{"model.safetensors": {SHA256: sum, Size: 100}},
		Signature: &artifact.Signature{Type: "ed25519", Key: "release", Value: strings.Repeat("AAAA", 21) + "AA=="},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want\n%+v", got, want)
	}
	least := `{"format":"routeiq-artifact","version":1,"kind":"constant","labels":["a"],"files":{"model.safetensors":{"sha256":"` + sum + `","size":0}}}`
	if _, err := artifact.ParseManifest([]byte(least)); err != nil {
		t.Error(err)
	}
}

// TestParseManifestRefused: each change of the full manifest is refused, with the path and what was expected.
func TestParseManifestRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"routeiq-artifact"`, `"onnx"`, `format: is "onnx", expected "routeiq-artifact"`},
		{`"format": "routeiq-artifact", `, ``, `format: is missing, expected "routeiq-artifact"`},
		{`"version": 1`, `"version": 2`, "version: is 2, this build reads version 1"},
		{`"version": 1, `, ``, "version: is missing, this build reads version 1"},
		{`"quality": true`, `"quality": true, "license": "MIT"`, "license: is no member that this build knows; it reads version 1"},
		{`"max_tokens": 256`, `"max_tokens": 256, "tokens": 3`, "encoder.tokens: is no member"},
		{`"quality": true`, `"quality": true, "quality": true`, "quality: stands twice"},
		{`"k": 5`, `"k": 5, "k": 6`, "parameters.k: stands twice"},
		{`"numpy": "2.4.6"`, `"numpy": "2", "numpy": "2"`, "made_with.numpy: stands twice"},
		{`"kind": "knn", `, ``, "kind: is missing"},
		{`"kind": "knn"`, `"kind": ""`, `kind: is "", expected a word`},
		{`"kind": "knn"`, `"kind": null`, "kind: is null, expected a string"},
		{`"labels": ["small", "large"]`, `"labels": "small"`, `labels: is "small", expected an array`},
		{`"labels": ["small", "large"],`, ``, "labels: is missing"},
		{`["small", "large"]`, `[]`, "labels: are 0, expected 1 to 1000"},
		{`["small", "large"]`, `["small"` + strings.Repeat(`, "x"`, 1000) + `]`, "labels: are 1001, expected 1 to 1000"},
		{`["small", "large"]`, `["small", ""]`, `labels[1]: is "", expected a word`},
		{`["small", "large"]`, `["small", 7]`, "labels[1]: is 7, expected a string"},
		{`["small", "large"]`, `["x", "small", "x"]`, `labels[2]: is "x", as labels[0] is: expected each once`},
		{`"id": "test/model", `, ``, "encoder.id: is missing"},
		{`"test/model"`, `""`, `encoder.id: is "", expected a word`},
		{`"dimension": 384, `, ``, "encoder.dimension: is missing"},
		{`384`, `"384"`, `encoder.dimension: is "384", expected a number`},
		{`384`, `0`, "encoder.dimension: is 0, expected a whole number from 1 to 65536"},
		{`384`, `65537`, "encoder.dimension: is 65537, expected a whole number from 1 to 65536"},
		{`384`, `384.0`, "encoder.dimension: is 384.0, expected a whole number"},
		{`384`, `99999999999999999999`, "encoder.dimension: is 99999999999999999999, expected a whole number"},
		{`test/model`, `routeiq/ngram-1`, "encoder.dimension: is 384, expected of routeiq/ngram-1 a power of two from 256 to 65536"},
		{`"test/model", "dimension": 384`, `"routeiq/ngram-1", "dimension": 128`, "encoder.dimension: is 128, expected of routeiq/ngram-1"},
		{`"mean"`, `"max"`, `encoder.pooling: is "max", expected mean, cls or last`},
		{`"mean"`, `""`, `encoder.pooling: is "", expected mean, cls or last`},
		{`"normalize": true`, `"normalize": 1`, "encoder.normalize: is 1, expected a boolean"},
		{`"max_tokens": 256`, `"max_tokens": 0`, "encoder.max_tokens: is 0, expected a whole number from 1"},
		{`"right"`, `"middle"`, `encoder.truncation: is "middle", expected left or right`},
		{`"last_user"`, `"first_user"`, `query_view: is "first_user", expected last_user_500, last_user, all_text, full_context or retrieval`},
		{`"query_view": "last_user", `, ``, "query_view: is missing: there is an encoder"},
		{`"k": 5`, `"k": [5]`, "parameters.k: is [5], expected a number"},
		{`"k": 5`, `"k": 1e999`, "parameters.k: is 1e999, expected a number in the range of a double"},
		{`"k": 5`, `"k": NaN`, "manifest: expected a value at byte"},
		{`"quality": true`, `"quality": "yes"`, `quality: is "yes", expected a boolean`},
		{`{"small": {"input"`, `{"medium": {"input"`, "prices.medium: is the price of no label"},
		{`"input": 0.1`, `"input": -0.1`, "prices.small.input: is -0.1, expected a number of 0 or more"},
		{`, "output": 0.2`, ``, "prices.small.output: is missing"},
		{`"output": 0.2`, `"output": 0.2, "cached": 0`, "prices.small.cached: is no member"},
		{`"quantiles": [0, `, `"quantiles": [`, "calibration.quantiles: are 100 numbers, expected 101"},
		{`"quantiles": [0, `, `"quantiles": [0, 0, `, "calibration.quantiles: are 102 numbers, expected 101"},
		{`"quantiles": [0, `, `"quantiles": [0.5, `, "calibration.quantiles[1]: is 0, less than the one before"},
		{`"quantiles": [0, `, `"quantiles": [null, `, "calibration.quantiles[0]: is null, expected a number"},
		{`"calibration": {"quantiles"`, `"calibration": {"medians"`, "calibration.medians: is no member"},
		{`"reach": 0.75`, `"reach": -1`, "reach: is -1, expected a number of 0 or more"},
		{`"kind": "knn"`, `"kind": "mlp"`, "reach: is there, but a mlp goes by no distance"},
		{`{"sha256": "` + sum + `", "rows"`, `{"sha256": "` + sum[1:] + `", "rows"`, "training.sha256: is"},
		{`"rows": 1200`, `"rows": -1`, "training.rows: is -1, expected a whole number from 0"},
		{`"numpy": "2.4.6"`, `"numpy": 2`, "made_with.numpy: is 2, expected a string"},
		{`{"model.safetensors": `, `{"model.onnx": `, "files.model.onnx: is no file of an artifact, expected model.safetensors"},
		{`{"model.safetensors": `, `{"model.onnx": `, "files.model.safetensors: is missing"},
		{`"` + sum + `", "size"`, `"` + strings.ToUpper(sum) + `", "size"`, "files.model.safetensors.sha256: is"},
		{`"size": 100`, `"size": -100`, "files.model.safetensors.size: is -100"},
		{`"size": 100`, `"length": 100`, "files.model.safetensors.size: is missing"},
		{`"ed25519"`, `"rsa"`, `signature.type: is "rsa", expected ed25519`},
		{`"release"`, `""`, `signature.key: is "", expected a word`},
		{`AA=="`, `AA="`, "signature.value: is"},
		{`"AAAA`, `"`, "signature.value: is"},
		{`"key": "release", `, ``, "signature.key: is missing"},
		{"\n}", "\n} {}", "manifest: text after the value at byte"},
		{"\n}", "", "manifest: "},
		{`"reach": 0.75`, `"reach": [[[[[[[[0]]]]]]]]`, "manifest: nested deeper than 8 levels"},
		{full, "", "manifest: unexpected end"},
		{full, "[]", "manifest: expected an object, found an array"},
	} {
		text := strings.Replace(full, c.old, c.new, 1)
		if text == full {
			t.Errorf("%s is not in the manifest", c.old)
		}
		if _, err := artifact.ParseManifest([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s → %s: the error is\n%v\nexpected %s", c.old, c.new, err, c.want)
		}
	}
}

// TestParseManifestTellsAll: one error names everything that is wrong.
func TestParseManifestTellsAll(t *testing.T) {
	text := strings.NewReplacer(`"kind": "knn"`, `"kind": 1`, `"mean"`, `"max"`, `384`, `0`, `"quality": true`, `"quality": 0`, `0.75`, `"far"`).Replace(full)
	_, err := artifact.ParseManifest([]byte(text))
	if err == nil {
		t.Fatal("is not refused")
	}
	for _, want := range []string{"kind: ", "encoder.pooling: ", "encoder.dimension: ", "quality: ", "reach: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told of:\n%v", want, err)
		}
	}
}

// FuzzParseManifest: what is accepted keeps the bounds of the format.
func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(full))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := artifact.ParseManifest(text)
		if err != nil {
			return
		}
		if m.Kind == "" || len(m.Labels) < 1 || len(m.Labels) > artifact.MaxLabels || len(m.Files) != 1 {
			t.Errorf("%+v", m)
		}
		if e := m.Encoder; e != nil && (e.ID == "" || e.Dimension < 1 || e.Dimension > artifact.MaxDimension || m.QueryView == "") {
			t.Errorf("%+v", e)
		}
		if m.Quantiles != nil && len(m.Quantiles) != artifact.Percentiles {
			t.Errorf("%d quantiles", len(m.Quantiles))
		}
	})
}
