package strategy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/routing"
)

// hostile are numbers that a signal may be, and should not.
var hostile = []float64{0, 1, -1, 1e-300, 1e300, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 3, 250, 0.5}

func pickOf[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// random returns n candidates sorted by id, as routing hands them over, with signals of any kind.
func random(rng *rand.Rand, n int) []abi.Candidate {
	mean := func() abi.Mean {
		return abi.Mean{Value: pickOf(rng, hostile...), Count: rng.IntN(3), AtMS: pickOf(rng, 0, now-1, now, now+1, now-1e9)}
	}
	candidates := make([]abi.Candidate, n)
	for i := range candidates {
		d := &abi.Deployment{
			ID: string(rune('a' + i)), Provider: pickOf(rng, "openai", "azure"), Model: pickOf(rng, "gpt-4o", "gpt-4o-mini", "gemini-pro", ""),
			Share: float64(rng.IntN(4)), Size: pickOf(rng, 0, 7, 70.0), Tags: pickOf(rng, nil, []string{"eu"}),
			MaxInputTokens: pickOf(rng, 0, 100),
		}
		if rng.IntN(3) > 0 {
			d.Price = &abi.Price{Input: pickOf(rng, 0, 1e-6, 2e-6), Output: pickOf(rng, 0, 4e-6), CachedInput: pickOf(rng, 0, 1e-7)}
		}
		candidates[i] = abi.Candidate{Deployment: d, Probe: rng.IntN(9) == 0, Signals: &abi.Signals{
			InFlight: pickOf(rng, 0, 0, 1, 1000, math.MaxInt32), Minute: pickOf(rng, 0, now/abi.MinuteMS), Requests: rng.IntN(3), Tokens: pickOf(rng, 0, 5, math.MaxInt32),
			Latency: mean(), First: mean(), Output: mean(), Estimate: [2]float64{pickOf(rng, hostile...), pickOf(rng, hostile...)},
			CacheUsage: pickOf(rng, hostile...), Waiting: pickOf(rng, hostile...), GaugesMS: pickOf(rng, 0, now, now-1e7),
		}}
	}
	return candidates
}

const now = int64(1_760_000_000_000)

func request(rng *rand.Rand) abi.Request {
	return abi.Request{
		Seed: rng.Uint64(), Turn: rng.Uint64(), NowMS: now, InputTokens: pickOf(rng, 0, 10, 1_000_000_000), Stream: rng.IntN(2) == 0,
		Tags: pickOf(rng, nil, []string{"eu"}), Profile: pickOf(rng, "", "eco", "premium", "free", "reasoning", "auto"), UserAgent: pickOf(rng, "", "curl/8"),
		Rung: pickOf(rng, 0, 1, 7), Confidence: pickOf(rng, 0, 0.5, 1), Agentic: rng.Float64(), Reasoning: rng.IntN(2) == 0,
		Intent: pickOf(rng, "", "gpt-4o"), Sticky: pickOf(rng, "", "a", "gone"), Session: pickOf(rng, "", "s"),
	}
}

// made makes a strategy run with the arguments of its example.
func made(t testing.TB, name string) routing.Strategy {
	t.Helper()
	k := Registry()[name]
	if k == nil {
		t.Fatalf("there is no strategy %q", name)
	}
	s, err := k.Make(k.Example)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEveryStrategy holds what is promised of all of them: the answer is a candidate, the same input gives the same
// answer, the input is left as it was, a single candidate wins, and nothing that a signal can be makes one panic.
func TestEveryStrategy(t *testing.T) {
	for name := range Registry() {
		t.Run(name, func(t *testing.T) {
			s := made(t, name)
			rng := rand.New(rand.NewPCG(1, 2))
			for range 3000 {
				candidates := random(rng, 1+rng.IntN(6))
				before := slices.Clone(candidates)
				var signals []abi.Signals
				for _, c := range candidates {
					signals = append(signals, *c.Signals)
				}
				q := request(rng)
				asked := q
				got := s.Pick(&q, candidates)
				if got < 0 || got >= len(candidates) {
					t.Fatalf("picked %d of %d", got, len(candidates))
				}
				if again := s.Pick(&q, candidates); again != got {
					t.Fatalf("picked %d, then %d", got, again)
				}
				for i, c := range candidates {
					if c.Deployment != before[i].Deployment || c.Signals != before[i].Signals || !same(*c.Signals, signals[i]) {
						t.Fatal("the candidates were changed")
					}
				}
				if !reflect.DeepEqual(q, asked) {
					t.Fatal("the request was changed")
				}
			}
		})
	}
}

// same compares signals of which some are no numbers.
func same(a, b abi.Signals) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestEveryKind: what a configuration can say of a strategy is checked, and has a description.
func TestEveryKind(t *testing.T) {
	for name, k := range Registry() {
		if k.Name != name {
			t.Errorf("%s calls itself %s", name, k.Name)
		}
		if errs := k.Check(append(slices.Clone(k.Example), abi.Arg{Name: "no_such_argument"})); len(errs) != 1 {
			t.Errorf("%s: an argument it does not have: %v", name, errs)
		}
		for _, p := range k.Params {
			if p.About == "" || p.Name == "" || p.Low > p.High || p.Default < p.Low && !p.Required || p.Default > p.High && p.Type != routing.Flag && !p.Required {
				t.Errorf("%s: %+v", name, p)
			}
			bad := abi.Arg{Name: p.Name, Number: math.NaN()}
			args := append(slices.DeleteFunc(slices.Clone(k.Example), func(a abi.Arg) bool { return a.Name == p.Name }), bad)
			if errs := k.Check(args); len(errs) == 0 {
				t.Errorf("%s: %s takes what is no number", name, p.Name)
			}
		}
	}
}

func TestRegisteringTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it did not")
		}
	}()
	register(routing.Fixed("simple-shuffle", SimpleShuffle{}))
}
