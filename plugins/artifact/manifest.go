// Package artifact reads a trained model as docs/artifacts.md defines it: a manifest, and tensors in the safetensors format. It
// reads bytes of anybody: what is not as documented is refused, and nothing is allocated by what a length says.
package artifact

import (
	"errors"
	"strconv"
	"strings"
)

// Format and Version are what a manifest says of itself.
const (
	Format  = "routeiq-artifact"
	Version = 1
)

// Bounds of a manifest.
const (
	MaxLabels    = 1000
	MaxDimension = 65_536
	Percentiles  = 101 // of a calibration: the 0th to the 100th
)

// Manifest is what manifest.json says.
type Manifest struct {
	Kind       string
	Origin     string
	Labels     []string
	Encoder    *Encoder // nil: the kind needs no vector
	QueryView  string
	Parameters []Parameter
	Quality    bool // scores are expected quality, 0 to 1
	Prices     map[string]Price
	Quantiles  []float64 // of the calibration; nil: there is none
	Reach      float64   // 0: it does not say
	Files      []File
	Signed     bool // there is a signature, which is not verified here
}

// Encoder says what makes a query's vector.
type Encoder struct {
	ID         string
	Dimension  int
	Normalize  bool
	Pooling    string
	MaxTokens  int
	Truncation string
}

// Parameter is one that the kind asks for: a number or a text.
type Parameter struct {
	Name   string
	Number float64
	Text   string
	isText bool
}

// Price is in USD per million tokens.
type Price struct{ Input, Output float64 }

// File is what a manifest says of a file beside it.
type File struct {
	Name, SHA256 string
	Size         int64
}

// File returns what the manifest says of a file.
func (m *Manifest) File(name string) (File, bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// Dimension is how many numbers a query's vector has; 0: there is none.
func (m *Manifest) Dimension() int {
	if m.Encoder == nil {
		return 0
	}
	return m.Encoder.Dimension
}

// Views are what query_view may be.
var Views = []string{"last_user_500", "last_user", "all_text", "full_context", "retrieval"}

// check tells everything that is wrong with what was read.
func (m *Manifest) check(given map[string]bool) error {
	var errs []error
	add := func(path, message string) { errs = append(errs, errors.New(path+": "+message)) }
	for _, name := range []string{"kind", "labels", "files"} {
		if !given[name] {
			add(name, "is missing")
		}
	}
	if n := len(m.Labels); given["labels"] && (n == 0 || n > MaxLabels) {
		add("labels", "has "+strconv.Itoa(n)+" labels, expected 1 to "+strconv.Itoa(MaxLabels))
	}
	seen := map[string]bool{}
	for i, label := range m.Labels {
		if label == "" || seen[label] {
			add("labels["+strconv.Itoa(i)+"]", "is "+strconv.Quote(label)+", expected a label that is not empty and stands once")
		}
		seen[label] = true
	}
	for label, p := range m.Prices {
		if !seen[label] {
			add("prices."+label, "is no label")
		}
		if !(p.Input >= 0 && p.Output >= 0) {
			add("prices."+label, "expected prices of 0 or more")
		}
	}
	if e := m.Encoder; e != nil {
		if e.ID == "" {
			add("encoder.id", "is missing")
		}
		if e.Dimension < 1 || e.Dimension > MaxDimension {
			add("encoder.dimension", "is "+strconv.Itoa(e.Dimension)+", expected 1 to "+strconv.Itoa(MaxDimension))
		}
		if !oneOf(Views, m.QueryView) {
			add("query_view", "is "+strconv.Quote(m.QueryView)+", expected one of "+strings.Join(Views, ", "))
		}
	}
	if m.Quantiles != nil {
		if len(m.Quantiles) != Percentiles {
			add("calibration.quantiles", "has "+strconv.Itoa(len(m.Quantiles))+" numbers, expected "+strconv.Itoa(Percentiles))
		}
		for i := 1; i < len(m.Quantiles); i++ {
			if !(m.Quantiles[i] >= m.Quantiles[i-1]) {
				add("calibration.quantiles["+strconv.Itoa(i)+"]", "is less than the one before it")
				break
			}
		}
	}
	if !(m.Reach >= 0) {
		add("reach", "is "+strconv.FormatFloat(m.Reach, 'g', -1, 64)+", expected 0 or more")
	}
	for _, f := range m.Files {
		if len(f.SHA256) != 64 || strings.Trim(f.SHA256, "0123456789abcdef") != "" {
			add("files."+f.Name+".sha256", "is "+strconv.Quote(f.SHA256)+", expected 64 lower-case hex digits")
		}
		if f.Size < 0 {
			add("files."+f.Name+".size", "is less than 0")
		}
	}
	return errors.Join(errs...)
}

func oneOf(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
