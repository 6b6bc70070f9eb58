package scorer

import (
	"math"
	"testing"

	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
)

// FuzzModel: whatever the two files of an artifact are, they are refused or every query has scores.
func FuzzModel(f *testing.F) {
	for _, model := range sampleModels() {
		file := model.numbers.Bytes()
		f.Add(artifacttest.Manifest(model.kind, model.labels, model.dimension, model.parameters, file, ""), file)
	}
	f.Fuzz(func(t *testing.T, manifest, model []byte) {
		m, err := artifact.ParseManifest(manifest)
		if err != nil || m.Encoder != nil && m.Encoder.Dimension > 1<<12 {
			return
		}
		numbers, err := artifact.ParseTensors(model)
		if err != nil {
			return
		}
		s, err := New(m, numbers)
		if err != nil {
			return
		}
		dimension := 0
		if m.Encoder != nil {
			dimension = m.Encoder.Dimension
		}
		for _, q := range oddQueries(dimension) {
			for i, score := range scored(s, len(m.Labels), q) {
				if math.IsNaN(score) {
					t.Fatalf("score %d of %v is NaN", i, q)
				}
			}
		}
	})
}
