package simulate

import (
	"math"

	"github.com/routeiq/routeiq/abi"
)

// dice are the chances of one thing that happens. Each request has dice of its own, so that two strategies meet the same
// requests, and at one server the same answer, whatever else they do differently: their difference is not blurred by chance.
type dice struct {
	seed uint64
	n    int
}

// derive makes the seed of the n-th of several things.
func derive(seed uint64, n int) uint64 { return uint64(abi.Chance(seed, n) * (1 << 53)) }

// unit returns a number in [0, 1).
func (d *dice) unit() float64 {
	d.n++
	return abi.Chance(d.seed, d.n)
}

// pause returns an exponentially distributed time: that between two arrivals that know nothing of each other.
func (d *dice) pause(mean float64) float64 { return -mean * math.Log(1-d.unit()) }

// normal returns a normally distributed number, by Box and Muller.
func (d *dice) normal() float64 {
	return math.Sqrt(-2*math.Log(1-d.unit())) * math.Cos(2*math.Pi*d.unit())
}

// Spread is a lognormal distribution: half the values are below Median, and Sigma is the deviation of their logarithms. 0.5 is
// usual for times, 1 for lengths of answers: of those one in twenty is five times as long as the median.
type Spread struct{ Median, Sigma float64 }

func (s Spread) draw(d *dice) float64 { return s.Median * math.Exp(s.Sigma*d.normal()) }

// tokens draws a number of tokens, at least one.
func (s Spread) tokens(d *dice) int { return max(int(math.Round(s.draw(d))), 1) }
