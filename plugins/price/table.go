package price

import (
	_ "embed" // the table
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed table.tsv
var tsv string

// columns are the names in the table's own first row: the shape that parse reads and table.py writes.
const columns = "name\tprovider\tinput\toutput\tcached_input\tcache_write\treasoning\tmax_input\tmax_output\tcapabilities"

// table is table.tsv, read.
type table struct {
	source, date string
	models       []Model        // in the order of their names' bytes
	exact        map[string]int // by name, the place in models
	folded       map[string]int // by name in lower case; of two that differ in case alone, the first
}

// loaded reads the embedded table at its first use. It can only be wrong if the tests were not run.
var loaded = sync.OnceValue(func() *table {
	t, err := parse(tsv)
	if err != nil {
		panic("price: table.tsv: " + err.Error())
	}
	return t
})

// Origin says where the figures are from, with the licence, and when that was released (YYYY-MM-DD).
func Origin() (source, date string) {
	t := loaded()
	return t.source, t.date
}

// parse reads a whole table: two lines of comment, the columns' names, then a row for each model, sorted, none twice.
func parse(text string) (*table, error) {
	t := &table{}
	var ok [3]bool
	var line string
	line, text, _ = strings.Cut(text, "\n")
	t.source, ok[0] = strings.CutPrefix(line, "# source: ")
	line, text, _ = strings.Cut(text, "\n")
	t.date, ok[1] = strings.CutPrefix(line, "# date: ")
	line, text, ok[2] = strings.Cut(text, "\n")
	if !ok[0] || !ok[1] || !ok[2] || line != columns {
		return nil, errors.New("does not begin with its source, its date and its columns")
	}
	rows := strings.Count(text, "\n")
	t.models = make([]Model, 0, rows)
	t.exact, t.folded = make(map[string]int, rows), make(map[string]int, rows)
	for line := range strings.Lines(text) {
		m, err := parseRow(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, err
		}
		i := len(t.models)
		if i > 0 && m.Name <= t.models[i-1].Name {
			return nil, fmt.Errorf("%q does not stand after %q, as the order of names wants it", m.Name, t.models[i-1].Name)
		}
		t.models = append(t.models, m)
		t.exact[m.Name] = i
		lower := strings.ToLower(m.Name)
		if _, ok := t.folded[lower]; !ok {
			t.folded[lower] = i
		}
	}
	return t, nil
}

// parseRow reads one row, without its line's end. An empty field is what is not stated. The error names the row.
func parseRow(line string) (Model, error) {
	var fields [10]string
	rest, more := line, true
	for i := range fields {
		if !more {
			return Model{}, fmt.Errorf("row %q has too few columns", line)
		}
		fields[i], rest, more = strings.Cut(rest, "\t")
	}
	if more {
		return Model{}, fmt.Errorf("row %q has too many columns", line)
	}
	m := Model{Name: fields[0], Provider: fields[1]}
	if m.Name == "" || m.Provider == "" {
		return Model{}, fmt.Errorf("row %q lacks a name or a provider", line)
	}
	for i, to := range []*Rate{&m.Price.Input, &m.Price.Output, &m.Price.CachedInput, &m.Price.CacheWrite, &m.Price.Reasoning} {
		field := fields[2+i]
		if field == "" {
			continue
		}
		usd, err := strconv.ParseFloat(field, 64)
		if err != nil || !USD(usd).stated {
			return Model{}, fmt.Errorf("row %q: %q is no price", line, field)
		}
		*to = USD(usd)
	}
	for i, to := range []*int{&m.MaxInput, &m.MaxOutput} {
		field := fields[7+i]
		if field == "" {
			continue
		}
		size, err := strconv.Atoi(field)
		if err != nil || size <= 0 {
			return Model{}, fmt.Errorf("row %q: %q is no number of tokens", line, field)
		}
		*to = size
	}
	for word := range strings.FieldsSeq(fields[9]) {
		to := m.capability(word[1:])
		if to == nil || *to != Unstated || word[0] != '+' && word[0] != '-' {
			return Model{}, fmt.Errorf("row %q: %q is no capability, or stands twice", line, word)
		}
		*to = No
		if word[0] == '+' {
			*to = Yes
		}
	}
	return m, nil
}

// capability is the answer that a word of the table stands for; nil for any other word.
func (m *Model) capability(word string) *Answer {
	switch word {
	case "tools":
		return &m.Tools
	case "vision":
		return &m.Vision
	case "schema":
		return &m.Schema
	case "streaming":
		return &m.Streaming
	case "caching":
		return &m.Caching
	case "reasoning":
		return &m.Reasoning
	}
	return nil
}
