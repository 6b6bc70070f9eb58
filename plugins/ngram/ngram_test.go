package ngram

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestGolden: vectors are, to the bit, those of the definition's own implementation in Python.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("../../testdata/ngram/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Text  string
		Small map[string]float64 `json:"256"`
		Large map[string]float64 `json:"8192"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) < 20 {
		t.Fatalf("%d texts", len(golden))
	}
	for _, g := range golden {
		for d, want := range map[int]map[string]float64{256: g.Small, 8192: g.Large} {
			for i, got := range NewMaker(d).Vector(g.Text) {
				if got != float32(want[strconv.Itoa(i)]) {
					t.Fatalf("%q, %d numbers: number %d is %v, want %v", g.Text, d, i, got, want[strconv.Itoa(i)])
				}
			}
		}
	}
}

// TestMakerKeepsNothing: what was made before does not show.
func TestMakerKeepsNothing(t *testing.T) {
	m := NewMaker(256)
	first := append([]float32(nil), m.Vector("one text")...)
	m.Vector(strings.Repeat("another, longer one ", 100))
	for i, v := range m.Vector("one text") {
		if v != first[i] {
			t.Fatalf("number %d is %v, before %v", i, v, first[i])
		}
	}
	if n := testing.AllocsPerRun(100, func() { m.Vector("one text") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestValid(t *testing.T) {
	for d, want := range map[int]bool{0: false, 128: false, 256: true, 257: false, 8192: true, -256: false} {
		if Valid(d) != want {
			t.Errorf("%d: %v", d, !want)
		}
	}
}

func FuzzVector(f *testing.F) {
	f.Add("hello, world")
	m := NewMaker(256)
	f.Fuzz(func(t *testing.T, text string) {
		sum := 0.0
		for _, v := range m.Vector(text) {
			sum += float64(v) * float64(v)
		}
		if sum != 0 && math.Abs(sum-1) > 1e-4 {
			t.Errorf("length %v", math.Sqrt(sum))
		}
	})
}

func BenchmarkVector(b *testing.B) {
	for _, size := range []int{200, 2_000, 16_000} {
		text := strings.Repeat("Please write a function that parses dates, and explain why. ", size/60+1)[:size]
		m := NewMaker(8192)
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			for range b.N {
				m.Vector(text)
			}
		})
	}
}
