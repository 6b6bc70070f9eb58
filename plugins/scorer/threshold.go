package scorer

var _ = register("threshold", kind{vector: true, build: newThreshold})

// threshold chooses between two labels by one number: the first wins where it is at least the threshold.
type threshold struct {
	network
	output    func(float64) float64
	threshold float64
	number    [1]float64
}

// outputs are what is done to the number before it is compared.
var outputs = map[string]func(float64) float64{
	"identity": activations["identity"],
	"clip":     func(x float64) float64 { return min(max(x, 0), 1) },
	"logistic": logistic,
}

func newThreshold(p *parts) Scorer {
	p.two()
	s := &threshold{output: outputs[p.word("output", "identity", "clip", "logistic")], threshold: p.number("threshold")}
	if p.has("weight") {
		s.network = network{input: newInput(asIs, p.dimension), layers: []layer{p.layer("weight", "bias", 1, p.dimension)}}
	} else {
		s.network = p.network(1)
	}
	return s
}

// Score implements Scorer: the number, and the threshold.
func (s *threshold) Score(q *Query, out []float64) {
	s.run(q, s.number[:])
	out[0], out[1] = s.output(s.number[0]), s.threshold
}

// Thresholded implements Thresholded.
func (*threshold) Thresholded() {}
