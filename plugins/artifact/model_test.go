package artifact_test

import (
	"strings"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

func TestParse(t *testing.T) {
	model := artifacttest.Tensors{"scores": {Numbers: []float64{1, 2}}}.Bytes()
	manifest := artifacttest.Manifest("constant", 2, 0, nil, model, `,"quality":true`)
	m, err := artifact.Parse(manifest, model)
	if err != nil || m.Manifest.Kind != "constant" || !m.Manifest.Quality || len(m.Tensors["scores"].Float64s()) != 2 {
		t.Fatal(m, err)
	}
	for _, c := range []struct {
		manifest, model []byte
		want            string
	}{
		{manifest[1:], model, "manifest: "},
		{manifest, model[:len(model)-8], "files.model.safetensors.size: is"},
		{artifacttest.Manifest("constant", 2, 0, nil, model[:len(model)-8], ""), model[:len(model)-8], "scores.data_offsets: are bytes 0 to 16"},
	} {
		if _, err := artifact.Parse(c.manifest, c.model); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, expected %s", err, c.want)
		}
	}
}
