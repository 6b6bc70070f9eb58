//go:build wasip1

// Command loops is the module of package meter's tests: it turns in loops and calls itself.
package main

func main() {}

//go:wasmexport count
func count(n uint32) uint32 {
	sum := uint32(0)
	for i := range n {
		sum = sum*31 + i
	}
	return sum
}

//go:wasmexport recurse
func recurse(n uint32) uint32 {
	if n == 0 {
		return 1
	}
	return half(n)*2 + n
}

// half halves until nothing is left, in two calls each: as many calls as n.
func half(n uint32) uint32 {
	if n < 2 {
		return n
	}
	return half(n/2) + half(n-n/2)
}

//go:wasmexport crunch
func crunch(n uint32) uint32 {
	seen := map[uint32]float64{}
	for i := range n {
		k := i % 97
		switch {
		case k < 10:
			seen[k] += float64(i) / 3
		case k < 50:
			seen[k] *= 0.5
		default:
			delete(seen, k)
		}
	}
	total := 0.0
	for k := range uint32(97) {
		total += seen[k]
	}
	return uint32(total)
}
