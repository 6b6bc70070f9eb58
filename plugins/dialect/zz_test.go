package dialect

import (
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/jsontext"
)

type noTaker struct{}

func (noTaker) member([]byte) (bool, bool)   { return false, false }
func (noTaker) value(a, b []byte) []byte     { return nil }

func BenchmarkZZ(b *testing.B) {
	answer := recorded(b, "chat/answer.json")
	b.Run("doc", func(b *testing.B) {
		for b.Loop() {
			var d document
			d.feed(answer, noTaker{}, false, nil)
		}
	})
	b.Run("jsontext", func(b *testing.B) {
		for b.Loop() {
			jsontext.Valid(answer)
		}
	})
	u := membersB(answer)["usage"]
	b.Run("usage", func(b *testing.B) {
		for b.Loop() {
			var c counts
			c.read(u)
		}
	})
	b.Run("walk", func(b *testing.B) {
		for b.Loop() {
			w := walker{text: answer}
			for _, ok := w.next(); ok; _, ok = w.next() {
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			a := NewAnswer(abi.APIChat, AnswerOptions{Status: 200, ContentType: TypeJSON})
			a.Feed(nil, true)
		}
	})
	ev := streamOf(3)[1]
	b.Run("events", func(b *testing.B) {
		var s events
		for b.Loop() {
			s.next(ev, false)
			s.reset()
		}
	})
	b.Run("chunkwalk", func(b *testing.B) {
		for b.Loop() {
			w := walker{text: ev}
			for _, ok := w.next(); ok; _, ok = w.next() {
			}
		}
	})
}

func membersB(t []byte) map[string][]byte {
	m := map[string][]byte{}
	r := jsontext.NewReader(t, 10)
	_ = r.Object(func(k []byte) error { v, err := r.Raw(); m[string(k)] = v; return err })
	return m
}
