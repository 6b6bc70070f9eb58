package simulate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

// serving plays requests at one server, each with its client, input and output, one a second, and tells how each ended: the
// class, the milliseconds to its first token and to its end, its cached tokens, and after how many it may come again.
func serving(p Server, requests ...string) string {
	p.ID = "p"
	s := &simulation{lastMS: 10_000}
	one := &server{Server: &p, sim: s, prompts: map[string]prompt{}}
	told := make([]string, len(requests))
	for i, text := range requests {
		c := &call{}
		fmt.Sscan(text, &c.name, &c.input, &c.output)
		s.after(float64(i)*1000, func() {
			one.serve(&job{
				call: c, output: c.output, beganMS: s.nowMS, dice: dice{seed: uint64(i)}, first: func() {},
				done: func(o abi.Outcome) {
					told[i] = fmt.Sprint(o.Class, " ", o.FirstByteMS, "/", o.DurationMS, " ", o.Usage.Cached, " ", o.RetryAfterMS)
				},
			})
		})
	}
	s.play()
	return strings.Join(told, "; ")
}

func TestServer(t *testing.T) {
	plain := Server{FirstMS: 100, InputMS: 1, TokenMS: 10}
	with := func(change func(p *Server)) Server {
		p := plain
		change(&p)
		return p
	}
	for _, c := range []struct {
		name     string
		p        Server
		requests []string
		want     string
	}{
		{"nothing special", plain, []string{"c 100 50"}, "ok 200/700 0 0"},
		{"says four times as much", with(func(p *Server) { p.Verbose = 4 }), []string{"c 100 50"}, "ok 200/2200 0 0"},
		{
			"slower beyond its capacity", with(func(p *Server) { p.Capacity = 1 }),
			[]string{"c 100 200", "d 100 50"},
			"ok 200/2200 0 0; ok 400/1400 0 0",
		},
		{
			"waits for memory", with(func(p *Server) { p.Memory = 300 }),
			[]string{"c 100 200", "d 100 50", "e 10 5"},
			"ok 200/2200 0 0; ok 1400/1900 0 0; ok 310/360 0 0",
		},
		{
			"takes alone what is larger than its memory", with(func(p *Server) { p.Memory = 10 }),
			[]string{"c 100 50"},
			"ok 200/700 0 0",
		},
		{
			"no more requests in the minute", with(func(p *Server) { p.RPM = 1 }),
			[]string{"c 100 50", "d 100 50"},
			"ok 200/700 0 0; rate_limited 50/50 0 59000",
		},
		{
			"no more tokens in the minute", with(func(p *Server) { p.TPM = 200 }),
			[]string{"c 100 50", "d 100 50", "e 10 5"},
			"ok 200/700 0 0; rate_limited 50/50 0 59000; ok 110/160 0 0",
		},
		{
			"remembers a client's prompt", with(func(p *Server) { p.CacheS = 2 }),
			[]string{"c 100 50", "c 200 50", "d 200 50"},
			"ok 200/700 0 0; ok 150/650 150 0; ok 300/800 0 0",
		},
		{"fails", with(func(p *Server) { p.Failing = 1 }), []string{"c 100 50"}, "server_error 100/100 0 0"},
		{
			"is slow, fails and recovers", with(func(p *Server) {
				p.Changes = []Change{{From: 0.1, To: 0.2, Slower: 2}, {From: 0.2, To: 0.3, Failing: 1}}
			}),
			[]string{"c 100 50", "c 100 50", "c 100 50", "c 100 50"}, "ok 200/700 0 0; ok 400/1400 0 0; server_error 100/100 0 0; ok 200/700 0 0",
		},
	} {
		if got := serving(c.p, c.requests...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestDistributions(t *testing.T) {
	d := dice{seed: 7}
	const n = 20_000
	below, long, waited := 0, 0, 0.0
	for range n {
		v := Spread{100, 1}.draw(&d)
		if v < 100 {
			below++
		}
		if v > 518 { // the 95th percentile
			long++
		}
		waited += d.pause(50)
	}
	for _, c := range []struct {
		what              string
		got, want, within float64
	}{
		{"below the median", float64(below) / n, 0.5, 0.02}, {"above the 95th percentile", float64(long) / n, 0.05, 0.01},
		{"mean pause", waited / n, 50, 2},
	} {
		if c.got < c.want-c.within || c.got > c.want+c.within {
			t.Errorf("%s: %g, expected %g", c.what, c.got, c.want)
		}
	}
}
