package source

import "context"

// Fixed is a source that has one document; name is its String. So what was fetched can be layered, and its artifacts fetched.
func Fixed(name string, d Document) Source { return &still{name, d} }

type still struct {
	name     string
	document Document
}

var _ Source = (*still)(nil)

// String implements Source.
func (s *still) String() string { return s.name }

// Fetch implements Source.
func (s *still) Fetch(_ context.Context, have Revision) (Document, error) {
	return Since(have, s.document.Revision.Validator(), s.document)
}
