package scorer

var _ = register("constant", kind{build: newConstant})

// constant scores each label alike for all queries, as ratings do.
type constant struct{ scores []float64 }

func newConstant(p *parts) Scorer { return &constant{p.f64("scores", p.labels)} }

// Score implements Scorer.
func (s *constant) Score(_ *Query, out []float64) { copy(out, s.scores) }
