package vm

import "testing"

func TestSharedCompareAndSwap(t *testing.T) {
	s := NewShared()
	if !s.Set("vm", "k", []byte("a"), 77) {
		t.Error("a key that does not exist is set whatever the number")
	}
	_, first, _ := s.Get("vm", "k")
	if !s.Set("vm", "k", []byte("b"), first) {
		t.Error("the right number was refused")
	}
	if s.Set("vm", "k", []byte("c"), first) {
		t.Error("an old number was taken")
	}
	if !s.Set("vm", "k", []byte("d"), 0) {
		t.Error("0 must always be taken")
	}
	if value, _, _ := s.Get("vm", "k"); string(value) != "d" {
		t.Errorf("%q", value)
	}
}

func TestSharedNumberIsNeverZero(t *testing.T) {
	s := NewShared()
	s.cas = 1<<32 - 1
	s.Set("vm", "k", nil, 0)
	if _, cas, _ := s.Get("vm", "k"); cas == 0 {
		t.Error("0 means \"whatever it is\" and cannot be a value's number")
	}
}

func TestQueueOrder(t *testing.T) {
	s := NewShared()
	told := 0
	token := s.register("vm", "q", func(uint32) { told++ })
	if s.register("vm", "q", func(uint32) { told++ }) != token || s.resolve("vm", "q") != token || s.resolve("other", "q") != 0 {
		t.Error("a name is one queue in its scope")
	}
	for _, item := range []string{"1", "2"} {
		if st := s.enqueue(token, []byte(item)); st != StatusOK {
			t.Fatal(st)
		}
	}
	for _, want := range []string{"1", "2"} {
		if got, st := s.dequeue(token); st != StatusOK || string(got) != want {
			t.Errorf("%q %v", got, st)
		}
	}
	if _, st := s.dequeue(token); st != StatusEmpty || told != 2 {
		t.Errorf("%v, told %d times", st, told)
	}
}
