package scorer

import "strconv"

var _ = register("forest", kind{vector: true, build: newForest})

// forest scores each class by the mean, over its trees, of what the leaves say that a query comes to. Either each class is a label's,
// or the first few of them speak together for the first of two labels, which wins where their sum is at least the threshold.
type forest struct {
	roots       []int32
	feature     []int32 // of a node; -1: a leaf
	threshold   []float64
	left, right []int32
	value       []float64 // [nodes, classes]
	mean        []float64 // of each class
	first       int
	least       float64
}

func newForest(p *parts) Scorer {
	classes := p.whole("classes", 1, 1<<16)
	s := &forest{first: p.whole("first", 0, 1<<16), mean: make([]float64, max(min(classes, 1<<16), 0))}
	s.feature = p.i32("feature", -1, p.dimension-1, some)
	if p.failed() {
		return nil
	}
	n := len(s.feature)
	if s.first > 0 {
		p.two()
		s.least = p.number("threshold")
		if s.first > classes {
			p.add("parameters.first", "is "+strconv.Itoa(s.first)+", expected at most the "+strconv.Itoa(classes)+" classes")
		}
	} else if classes != p.labels {
		p.add("parameters.classes", "is "+strconv.Itoa(classes)+", expected "+strconv.Itoa(p.labels)+", one for each label")
	}
	s.roots = p.i32("roots", 0, n-1, some)
	s.threshold = p.f64("threshold", n)
	s.left, s.right = p.children("left", s.feature), p.children("right", s.feature)
	s.value = p.f64("value", n, classes)
	return s
}

// children takes the nodes that a tree goes on with. They must come after the node itself, so that every walk ends.
func (p *parts) children(name string, feature []int32) []int32 {
	n := len(feature)
	next := p.i32(name, -1<<31, 1<<31-1, n)
	for i, child := range next {
		if feature[i] >= 0 && (int(child) <= i || int(child) >= n) {
			p.add("tensor "+name, "number "+strconv.Itoa(i)+" is "+strconv.Itoa(int(child))+", expected a later node of the "+strconv.Itoa(n))
			return nil
		}
	}
	return next
}

// Score implements Scorer.
func (s *forest) Score(q *Query, out []float64) {
	clear(s.mean)
	for _, node := range s.roots {
		for s.feature[node] >= 0 {
			if float64(q.Vector[s.feature[node]]) <= s.threshold[node] {
				node = s.left[node]
			} else {
				node = s.right[node]
			}
		}
		for c, v := range s.value[int(node)*len(s.mean) : (int(node)+1)*len(s.mean)] {
			s.mean[c] = bounded(s.mean[c] + v)
		}
	}
	trees := float64(len(s.roots))
	if s.first == 0 {
		for c, v := range s.mean {
			out[c] = v / trees
		}
		return
	}
	out[0], out[1] = 0, s.least
	for _, v := range s.mean[:s.first] {
		out[0] += v / trees
	}
}
