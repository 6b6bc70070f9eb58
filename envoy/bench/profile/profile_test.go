package profile

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"runtime/pprof"
	"testing"
)

// burnsTime works for a fixed while, however busy the machine is: a good part of a second of a processor.
//
//go:noinline
func burnsTime() (n uint64) {
	for i := range uint64(1 << 28) {
		n = n*31 + i
	}
	return n
}

var burnt uint64 // keeps the compiler from leaving the work out

// record profiles burnsTime.
func record(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		t.Fatal(err)
	}
	burnt = burnsTime()
	pprof.StopCPUProfile()
	return b.Bytes()
}

func TestShares(t *testing.T) {
	p, err := Read(bytes.NewReader(record(t)))
	if err != nil {
		t.Fatal(err)
	}
	if p.Time() <= 0 {
		t.Fatal("the profile holds no time")
	}
	const me = "github.com/routeiq/routeiq/envoy/bench/profile."
	shares := p.Shares([]Part{{"none", []string{"no.such.function"}}, {"burns", []string{me + "burnsTime"}}, {"callers", []string{me}}})
	if len(shares) != 4 || shares[0] != 0 || shares[1] < 0.5 {
		t.Errorf("%v: most of the time was burnt in burnsTime", shares)
	}
	sum := 0.0
	for _, s := range shares {
		sum += s
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the shares add up to %v", sum)
	}
	// The innermost counts, in whatever order the parts are given: burnsTime is called by others of this package.
	again := p.Shares([]Part{{"callers", []string{me + "record", me + "Test"}}, {"burns", []string{me + "burnsTime"}}})
	if again[1] != shares[1] {
		t.Errorf("%v: burnsTime had %v before", again, shares[1])
	}
}

func TestReadRefusesDamage(t *testing.T) {
	zip := func(text []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := record(t)
	for name, text := range map[string][]byte{
		"empty": nil, "text": []byte("not gzip"), "cut": whole[:len(whole)/2],
		"bad tag": zip([]byte{0xff}), "bad length": zip([]byte{profileSample<<3 | 2, 9, 1}), "bad sample": zip([]byte{profileSample<<3 | 2, 2, 0xff, 0xff}),
	} {
		if _, err := Read(bytes.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	var seed bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&seed, 0); err != nil {
		f.Fatal(err)
	}
	z, err := gzip.NewReader(&seed)
	if err != nil {
		f.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if p, err := Read(&b); err == nil {
			p.Shares([]Part{{"a", []string{"a"}}})
		}
	})
}
