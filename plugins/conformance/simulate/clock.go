package simulate

import "container/heap"

// event is something that happens at a moment.
type event struct {
	atMS float64
	nth  int // of all: of those at one moment, the one that was planned first comes first
	do   func()
}

// events are a heap, the next first.
type events []event

var _ heap.Interface = (*events)(nil)

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e events) Less(i, j int) bool {
	return e[i].atMS < e[j].atMS || e[i].atMS == e[j].atMS && e[i].nth < e[j].nth
}
func (e *events) Push(x any) { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = event{}
	*e = (*e)[:last]
	return x
}

// epochMS is when every simulation begins: a whole minute.
const epochMS = 1_760_000_040_000

// clock is the time as the router is told.
func (s *simulation) clock() int64 { return epochMS + int64(s.nowMS) }

// after plans something.
func (s *simulation) after(ms float64, do func()) {
	s.planned++
	heap.Push(&s.events, event{s.nowMS + ms, s.planned, do})
}

// play lets everything happen.
func (s *simulation) play() {
	for len(s.events) > 0 {
		e := heap.Pop(&s.events).(event)
		s.nowMS = e.atMS
		e.do()
	}
}
