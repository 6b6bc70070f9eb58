package routing

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/plugins/store"
)

// judging is a strategy that goes by the artifact "m" and takes the highest score.
type judging struct {
	margin      float64
	calibration Calibration
}

func (judging) Artifact() string { return "m" }
func (judging) Places(labels []string, d *abi.Deployment) (places []int) {
	for i, label := range labels {
		if label == d.ID {
			places = append(places, i+1)
		}
	}
	return places
}
func (s judging) Abstain(j *Judgement) abi.Abstains {
	switch {
	case j.Margin < s.margin:
		return abi.AbstainsMargin
	case j.Reach > 0 && j.Distance > j.Reach:
		return abi.AbstainsReach
	}
	return ""
}
func (s judging) Calibration() Calibration { return s.calibration }
func (judging) Pick(_ *abi.Request, candidates []abi.Candidate) int {
	best := 0
	for i := range candidates {
		if candidates[i].Signals.Score > candidates[best].Signals.Score {
			best = i
		}
	}
	return best
}

// judgedBy makes a router of one group that goes by a model.
func judgedBy(t *testing.T, m *Memory, s judging, kind string, artifacts ...abi.Artifact) (*Router, error) {
	t.Helper()
	path := []abi.APIPath{{API: abi.APIChat, Path: "/v1/chat/completions"}}
	return Compile(&abi.Config{Retry: abi.DefaultRetry, Artifacts: artifacts, Groups: []abi.ModelGroup{{
		Name: "g", Strategy: abi.StrategyRef{Name: "judging"}, WhenAllOpen: abi.WhenAllOpenRefuse,
		Deployments: []abi.Deployment{{ID: "a", Paths: path}, {ID: "b", Paths: path}, {ID: "c", Paths: path}},
	}}}, Registry{"judging": {Name: "judging", Artifacts: []string{kind}, New: func(abi.Args) Strategy { return s }}}, m)
}

// axes are two labels, each of whose vectors is an axis, with more members of the manifest.
func axes(more map[string]any) abi.Artifact {
	tensors := artifacttest.Tensors{
		"vectors": {Numbers: []float32{1, 0, 0, 1}, Shape: []int{2, 2}}, "targets": {Numbers: []int32{0, 1}},
	}.Bytes()
	members := map[string]any{
		"kind": "knn", "labels": []string{"a", "b"}, "encoder": map[string]any{"id": "e", "dimension": 2}, "query_view": "last_user",
		"parameters": map[string]any{"k": 2, "weights": "distance", "metric": "euclidean"},
	}
	for name, value := range more {
		members[name] = value
	}
	return artifacttest.Document("m", artifacttest.Write(members, tensors), tensors)
}

func asked(vector ...float32) *abi.Request {
	return &abi.Request{ID: "r", API: abi.APIChat, Model: "g", Vectors: []abi.Vector{{Of: "e", View: "last_user", Numbers: vector}}}
}

// TestModelIsLoadedOnce: all documents of a worker that go by one content share it, and the last one that ends gives it up.
func TestModelIsLoadedOnce(t *testing.T) {
	m := NewMemory(new(store.Map))
	a := axes(nil)
	first, err1 := judgedBy(t, m, judging{}, "knn", a)
	a.Numbers = "" // who has it reads nothing
	second, err2 := judgedBy(t, m, judging{}, "knn", a)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if first.models[0] != second.models[0] || len(m.models) != 1 {
		t.Errorf("%d models", len(m.models))
	}
	first.Close()
	if d := second.Route(asked(0.1, 0.9)); d.Attempts[0].Deployment.ID != "b" || len(d.Model) != 12 || !strings.HasPrefix(a.Digest, d.Model) {
		t.Errorf("%+v", d)
	}
	second.Close()
	if len(m.models) != 0 {
		t.Error("a model that nobody goes by is kept")
	}
	if _, err := judgedBy(t, m, judging{}, "svm", axes(nil)); err == nil || len(m.models) > 1 {
		t.Errorf("another kind: %v", err)
	}
	broken := axes(nil)
	broken.Numbers = broken.Numbers[:len(broken.Numbers)/2]
	for want, list := range map[string][]abi.Artifact{
		`groups[0].strategy.args.artifact: names "m", which is no artifact of the document`: nil,
		`groups[0].strategy.args.artifact: "m": `:                                           {broken},
	} {
		if _, err := judgedBy(t, NewMemory(new(store.Map)), judging{}, "knn", list...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
}

// TestAbstains: without a vector that is the model's own, by too small a margin, and far from all it was trained on.
func TestAbstains(t *testing.T) {
	r, err := judgedBy(t, NewMemory(new(store.Map)), judging{margin: 0.2}, "knn", axes(map[string]any{"reach": 1.5}))
	if err != nil {
		t.Fatal(err)
	}
	other := asked(0, 1)
	other.Vectors[0].View = "all_text"
	for name, c := range map[string]struct {
		q    *abi.Request
		want abi.Abstains
	}{
		"a vector":        {asked(0.1, 0.9), ""},
		"none":            {asked(), abi.AbstainsVector},
		"another size":    {asked(1, 2, 3), abi.AbstainsVector},
		"another view":    {other, abi.AbstainsVector},
		"in the middle":   {asked(0.5, 0.5), abi.AbstainsMargin},
		"far from all":    {asked(0, 30), abi.AbstainsMargin},
		"far, and clear":  {asked(0, 2.51), abi.AbstainsReach},
		"no number in it": {asked(float32(math.NaN()), 1), abi.AbstainsVector},
	} {
		d := r.Route(c.q)
		if name == "far from all" { // one distance is as good as the other there
			c.want = d.Abstains
		}
		if d.Abstains != c.want || len(d.Attempts) == 0 {
			t.Errorf("%s: %q, want %q", name, d.Abstains, c.want)
		}
		for _, seen := range d.Seen {
			if (d.Abstains != "" || seen.Deployment == "c") && seen.Signals.Place != 0 {
				t.Errorf("%s: %+v is scored", name, seen)
			}
		}
	}
}

// TestCalibration: the threshold is the artifact's, the strategy's own, the one that gave a share of the training queries, and the one
// that gives it of what is asked; a client's goes before all.
func TestCalibration(t *testing.T) {
	tensors := artifacttest.Tensors{"weight": {Numbers: []float32{1, 0}, Shape: []int{1, 2}}, "bias": {Numbers: []float32{0}}}.Bytes()
	quantiles := make([]float64, 101)
	for i := range quantiles {
		quantiles[i] = float64(i) / 100
	}
	a := artifacttest.Document("m", artifacttest.Write(map[string]any{
		"kind": "threshold", "labels": []string{"a", "b"}, "encoder": map[string]any{"id": "e", "dimension": 2}, "query_view": "last_user",
		"parameters": map[string]any{"output": "identity", "threshold": 0.5}, "calibration": map[string]any{"quantiles": quantiles},
	}, tensors), tensors)
	for name, c := range map[string]struct {
		calibration Calibration
		want        float64 // the part of 1,000 requests, with outputs from 0 to 0.5, that get "a", in the second half
	}{
		"the artifact's":  {Calibration{Threshold: -1}, 0},
		"its own":         {Calibration{Threshold: 0.25}, 0.5},
		"a share":         {Calibration{Threshold: -1, Share: 0.6}, 0.2}, // of the training queries, whose outputs are twice as large
		"a share of this": {Calibration{Threshold: -1, Share: 0.6, Follows: true}, 0.6},
	} {
		r, err := judgedBy(t, NewMemory(new(store.Map)), judging{calibration: c.calibration}, "threshold", a)
		if err != nil {
			t.Fatal(err)
		}
		chance, count := rand.New(rand.NewPCG(1, 2)), 0.0
		for i := range 2000 {
			if d := r.Route(asked(float32(chance.Float64()/2), 0)); i >= 1000 && d.Attempts[0].Deployment.ID == "a" {
				count++
			}
		}
		if math.Abs(count/1000-c.want) > 0.08 { // five deviations of 1000 tosses
			t.Errorf("%s: %v of the requests, want %v", name, count/1000, c.want)
		}
	}
	bare := artifacttest.Document("m", artifacttest.Write(map[string]any{
		"kind": "threshold", "labels": []string{"a", "b"}, "encoder": map[string]any{"id": "e", "dimension": 2}, "query_view": "last_user",
		"parameters": map[string]any{"output": "identity", "threshold": 0.5},
	}, tensors), tensors)
	if _, err := judgedBy(t, NewMemory(new(store.Map)), judging{calibration: Calibration{Share: 0.5}}, "threshold", bare); err == nil || !strings.Contains(err.Error(), ".args.share: needs an artifact with a calibration") {
		t.Error(err)
	}
}
