package detect

import (
	"strconv"
	"strings"
	"testing"
)

// texts to measure with: in none is the answer found before the end.
var texts = []struct{ name, text string }{
	{"prose", "You are given a list of orders and the stock of three warehouses. Write a function in Go that returns, for each order, " +
		"the warehouse it ships from; if none has all items, split it. Break ties by distance, and think about the case of no stock: "},
	{"wide", "Дан список заказов и остатки трёх складов. Напишите функцию, которая для каждого заказа возвращает склад — “ближайший”: "},
	{"hint", "explain how the thing works, "},
	{"base64", "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4"},
}

func BenchmarkReasoning(b *testing.B) {
	for _, c := range texts {
		for _, size := range []int{200, 2000, 16000} {
			text := strings.Repeat(c.text, size/len(c.text)+1)[:size]
			b.Run(c.name+"/"+strconv.Itoa(size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if Reasoning(text) {
						b.Fatal(text)
					}
				}
			})
		}
	}
}

func BenchmarkAgentWords(b *testing.B) {
	text := strings.Repeat(texts[0].text, 100)[:16000]
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if AgentWords(text) {
			b.Fatal(text)
		}
	}
}

func BenchmarkSessionKey(b *testing.B) {
	text := strings.Repeat(texts[0].text, 100)[:16000]
	b.ReportAllocs()
	for b.Loop() {
		SessionKey(text, text)
	}
}

func TestAllocs(t *testing.T) {
	for _, c := range texts {
		text := strings.Repeat(c.text, 100)
		for _, f := range []struct {
			name string
			most float64
			run  func()
		}{
			{"Reasoning", 0, func() { Reasoning(text) }},
			{"AgentWords", 0, func() { AgentWords(text) }},
			{"Agentic", 0, func() { Agentic(Shape{Tools: len(text), AgentWords: true}) }},
			{"SessionKey", 1, func() { SessionKey(text, text) }}, // the key
		} {
			if n := testing.AllocsPerRun(10, f.run); n > f.most {
				t.Errorf("%s allocates %v times on %s, want %v", f.name, n, c.name, f.most)
			}
		}
	}
}
