package report

import (
	"strings"
	"testing"
)

func TestWhere(t *testing.T) {
	p := &sample().Pairs[1]
	var b strings.Builder
	p.where(&b)
	for _, want := range []string{
		"## Where the time goes in the Host\n",
		"| configuration | CPU µs: 1 connection | more than the one before | × Go proxy | p50 ms | added p50 (least … most) |" +
			" CPU µs: 32 connections | more than the one before | × Go proxy | p50 ms | added p50 (least … most) | requests | errors |",
		"| plain | 50.0 |  | 1.00 (1.00 … 1.00) | 0.200 |  | 100.0 |  | 1.00 (1.00 … 1.00) | 0.200 |  | 30 + 60 | 0 + 0 |",
		"| least | 75.0 | +25 | 1.50 (1.50 … 1.50) | 0.300 | 0.100 (0.100 … 0.100) | 150.0 | +50 | 1.50 (1.50 … 1.50) | 0.300 | 0.100 (0.100 … 0.100) | 30 + 60 | 0 + 0 |",
		"| ours | 90.0 | +15 | 1.80 (1.80 … 1.80) | 0.350 | 0.150 (0.150 … 0.150) |",
		"| the module | 25.0 % | 20.0 |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the section lacks %q:\n%s", want, &b)
		}
	}
}

// TestWhereOfOneHalf: either table stands alone.
func TestWhereOfOneHalf(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Pair)
		has, no string
	}{
		"no profile": {func(p *Pair) { p.Hotspots = nil }, "| configuration |", "| part |"},
		"no split":   {func(p *Pair) { p.Split = nil }, "| part |", "| configuration |"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &sample().Pairs[0]
			c.change(p)
			var b strings.Builder
			p.where(&b)
			if text := b.String(); !strings.Contains(text, c.has) || strings.Contains(text, c.no) {
				t.Errorf("expected %q and not %q in:\n%s", c.has, c.no, text)
			}
		})
	}
}
