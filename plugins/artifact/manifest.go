// Package artifact reads trained models: a manifest that says what they are, and their numbers. docs/artifacts.md is the
// format. It trusts neither: what it returns keeps every bound of the format, and costs no more memory than what was read.
package artifact

// The words of a manifest.
const (
	Format  = "routeiq-artifact"
	Version = 1
	// File is the name of the file with the numbers.
	File = "model.safetensors"
	// Ngram is the encoder that is made in the module.
	Ngram = "routeiq/ngram-1"
)

// The bounds of a manifest.
const (
	MaxLabels    = 1000
	MaxDimension = 65_536
	// Percentiles is how many quantiles a calibration has: the 0th to the 100th.
	Percentiles = 101
	// the least dimension of Ngram
	minNgram = 256
)

// Manifest says what a model is, and how its numbers are used.
type Manifest struct {
	Kind   string
	Origin string // the router it was, in its own library's words
	// Labels are what is chosen between, in the order of scores; where two score alike the first wins.
	Labels []string
	// Encoder is nil where no vector is needed.
	Encoder   *Encoder
	QueryView string // which words of a request are the query
	// Parameters are what the kind asks for.
	Parameters map[string]Parameter
	// Quality: scores are expected quality, 0 to 1.
	Quality bool
	Prices  map[string]Price // by label, as of the training; of some labels there may be none
	// Quantiles are the percentiles of the margin on the training queries, ascending; nil: not known.
	Quantiles []float64
	// Reach is the distance beyond which a query is unlike all that the model was trained on; 0: not known.
	Reach     float64
	Training  *Training
	MadeWith  map[string]string // versions, by the names of libraries
	Files     map[string]FileSum
	Signature *Signature
}

// Encoder is what makes a query's vector.
type Encoder struct {
	ID         string
	Dimension  int
	Pooling    string // "" where it is not said, as in the two below
	Normalize  bool   // vectors have length 1
	MaxTokens  int
	Truncation string
}

// Parameter is a number or a text.
type Parameter struct {
	Number float64
	Text   string
	IsText bool
}

// Price is in USD per million tokens.
type Price struct{ Input, Output float64 }

// Training is the table that a model was trained on.
type Training struct {
	SHA256 string // hex
	Rows   int
}

// FileSum is what a file must be.
type FileSum struct {
	SHA256 string // hex
	Size   int    // bytes
}

// Signature is of the whole manifest but itself.
type Signature struct {
	Type, Key string
	Value     string // base64
}
