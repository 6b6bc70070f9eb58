package scorer

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// votes counts one vote for each two labels, by the formula as it is published.
func votes(kernel func(s int) float64, support []int32, dual, intercept []float64) []float64 {
	n, labels := len(dual)/(len(support)-1), len(support)
	label := make([]int, 0, n)
	for i, count := range support {
		label = append(label, slices.Repeat([]int{i}, int(count))...)
	}
	out, pair := make([]float64, labels), 0
	for i := range labels {
		for j := i + 1; j < labels; j++ {
			f := intercept[pair]
			for s := range n {
				switch label[s] {
				case i:
					f += dual[(j-1)*n+s] * kernel(s)
				case j:
					f += dual[i*n+s] * kernel(s)
				}
			}
			if f > 0 {
				out[i]++
			} else {
				out[j]++
			}
			pair++
		}
	}
	return out
}

func TestSVM(t *testing.T) {
	const n, d, labels, gamma = 60, 13, 4, 0.07
	r := rand.New(rand.NewPCG(9, 9))
	vectors, dual, intercept := numbers(r, n*d), numbers64(r, (labels-1)*n), numbers64(r, labels*(labels-1)/2)
	wide := make([]float64, len(vectors))
	widen(wide, vectors)
	support := []int32{20, 0, 7, 33}
	for _, kernel := range []string{"rbf", "linear"} {
		for _, stored := range []tensor{{Numbers: vectors, Shape: []int{n, d}}, {Numbers: wide, Shape: []int{n, d}}} {
			s := mustNew(t, "svm", labels, d, params{"kernel": kernel, "gamma": gamma}, tensors{
				"vectors": stored, "support": {Numbers: support}, "dual": {Numbers: dual, Shape: []int{labels - 1, n}}, "intercept": {Numbers: intercept},
			})
			if _, collapsed := s.(*planes); collapsed != (kernel == "linear") {
				t.Errorf("%s: %T", kernel, s)
			}
			for range 100 {
				v := numbers(r, d)
				want := votes(func(s int) float64 {
					var product, square float64
					for i, x := range v {
						product += float64(x) * wide[s*d+i]
						square += math.Pow(float64(x)-wide[s*d+i], 2)
					}
					if kernel == "linear" {
						return product
					}
					return math.Exp(-gamma * square)
				}, support, dual, intercept)
				if got := scored(s, labels, &Query{Vector: v}); !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v", kernel, got, want)
				}
			}
		}
	}
}

// TestSVMTie: where f is 0 the second of two labels has the vote.
func TestSVMTie(t *testing.T) {
	s := mustNew(t, "svm", 2, 1, params{"kernel": "linear", "gamma": 1}, tensors{
		"vectors": {Numbers: []float32{1, -1}, Shape: []int{2, 1}}, "support": {Numbers: []int32{1, 1}},
		"dual": {Numbers: []float64{1, -1}, Shape: []int{1, 2}}, "intercept": {Numbers: []float64{0}},
	})
	for x, want := range map[float32][]float64{0: {0, 1}, 1: {1, 0}, -1: {0, 1}} {
		if got := scored(s, 2, &Query{Vector: []float32{x}}); !slices.Equal(got, want) {
			t.Errorf("%g: %v, want %v", x, got, want)
		}
	}
}

func TestSVMRefused(t *testing.T) {
	numbers := tensors{
		"vectors": {Numbers: make([]float32, 3), Shape: []int{3, 1}}, "support": {Numbers: []int32{1, 1}},
		"dual": {Numbers: make([]float64, 3), Shape: []int{1, 3}}, "intercept": {Numbers: []float64{0}},
	}
	rbf := params{"kernel": "rbf", "gamma": 1}
	refused(t, "svm", 2, 1, rbf, numbers, "tensor support: adds up to 2, expected 3, the rows of vectors")
	numbers["support"] = tensor{Numbers: []int32{4, -1}}
	refused(t, "svm", 2, 1, rbf, numbers, "tensor support: number 0 is 4, expected 0 to 3")
	refused(t, "svm", 2, 1, params{"kernel": "rbf", "gamma": 0}, numbers, "parameters.gamma: expected a number above 0")
	refused(t, "svm", 1, 1, rbf, numbers, "labels: is one, expected 2 or more")
	refused(t, "svm", 2, 1, params{"kernel": "poly", "gamma": 1}, numbers, `parameters.kernel: is "poly", expected one of rbf, linear`)
}
