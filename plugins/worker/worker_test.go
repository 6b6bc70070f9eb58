package worker

import (
	"reflect"
	"testing"

	"github.com/routeiq/routeiq/plugins/store"
)

const t0 = int64(1_700_000_000_000)

func TestAWorkerThatIsLostIsKnown(t *testing.T) {
	var s store.Map
	a, b := NewMember(&s), NewMember(&s)
	a.Beat(t0)
	b.Beat(t0)
	if a.id == b.id {
		t.Fatalf("both are %v", a.id)
	}
	lost := a.ID(t0) // a says no more
	b.Beat(t0 + DeadMS - 1)
	if b.Lost(lost, t0+DeadMS-1) {
		t.Error("it is held for lost too early")
	}
	b.Beat(t0 + DeadMS)
	if !b.Lost(lost, t0+DeadMS) {
		t.Error("it is not held for lost")
	}
	c := NewMember(&s) // its successor takes its number
	if id := c.ID(t0 + DeadMS); id.Number != lost.Number || id.Life != lost.Life+1 {
		t.Errorf("the successor of %v is %v", lost, id)
	}
	b.Beat(t0 + DeadMS)
	if !b.Lost(lost, t0+DeadMS) || b.Lost(c.id, t0+DeadMS) {
		t.Error("the lost one and its successor are not told apart")
	}
	a.Beat(t0 + DeadMS) // it was only slow
	if a.id == lost || a.id == c.id || a.id == b.id {
		t.Errorf("it goes on as %v", a.id)
	}
}

func TestOneThatIsTooYoungForTheTableIsAlive(t *testing.T) {
	var s store.Map
	a := NewMember(&s)
	a.Beat(t0)
	young := NewMember(&s).ID(t0 + 1)
	if a.Lost(young, t0+2) {
		t.Error("it is held for lost")
	}
}

// startled is a store whose first two reads come before anybody's write.
type startled struct {
	store.Map
	reads int
}

func (s *startled) Get(key string) ([]byte, uint32, bool) {
	if s.reads++; s.reads <= 2 {
		return nil, 0, false
	}
	return s.Map.Get(key)
}

func TestTwoThatJoinInTheSameInstantPart(t *testing.T) {
	var s startled
	a, b := NewMember(&s), NewMember(&s)
	a.Beat(t0)
	b.Beat(t0)
	if a.id != b.id {
		t.Fatalf("%v and %v: the test does not show what it is for", a.id, b.id)
	}
	for now := t0 + BeatMS; now <= t0+3*BeatMS; now += BeatMS {
		a.Beat(now)
		b.Beat(now)
	}
	if a.id != (ID{0, 1}) || b.id != (ID{1, 1}) || len(b.table) != 2 {
		t.Errorf("they are %v and %v of %v", a.id, b.id, b.table)
	}
}

func TestWorkIsShared(t *testing.T) {
	var s store.Map
	var all []*Member
	for range 3 {
		all = append(all, NewMember(&s))
	}
	for _, m := range append(all, all...) {
		m.Beat(t0)
	}
	does := func(now int64, members ...*Member) (count [7]int) {
		for i := range count {
			for _, m := range members {
				if m.Mine(i, now) {
					count[i]++
				}
			}
		}
		return count
	}
	if got := does(t0, all...); got != [7]int{1, 1, 1, 1, 1, 1, 1} {
		t.Errorf("each piece is done by %v workers", got)
	}
	for _, m := range all[1:] { // the first is lost
		m.Beat(t0 + DeadMS)
	}
	all[1].Beat(t0 + DeadMS)
	if got := does(t0+DeadMS, all[1:]...); got != [7]int{1, 1, 1, 1, 1, 1, 1} {
		t.Errorf("without the first each piece is done by %v workers", got)
	}
}

func TestShardsAddUp(t *testing.T) {
	var s store.Map
	var all []*Member
	for i := range 3 {
		m := NewMember(&s)
		m.Publish([]Count{{"x", 10, i}, {"y", 1, 0}}, t0)
		all = append(all, m)
	}
	all[0].Beat(t0)
	want := map[string]Count{"x": {"x", 20, 3}, "y": {"y", 2, 0}}
	if got := all[0].Others(t0); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	all[1].Beat(t0 + DeadMS) // the third is lost
	all[0].Beat(t0 + DeadMS)
	if got := all[0].Others(t0 + DeadMS)["x"]; got.Total != 10 || got.Bad != 1 {
		t.Errorf("without the lost one: %v", got)
	}
	heir := NewMember(&s)
	heir.Beat(t0 + DeadMS)
	all[0].Beat(t0 + DeadMS)
	if got := all[0].Others(t0 + DeadMS)["x"]; got.Total != 10 {
		t.Errorf("the heir is taken for the one before it: %v", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Table{{1, t0}, {7, 0}}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		table := parse(b)
		if again := parse(table.append(nil)); !reflect.DeepEqual(again, table) {
			t.Fatalf("%v reads back as %v", table, again)
		}
		parseShard(b, 1)
	})
}
