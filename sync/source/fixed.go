package source

import "context"

// Fixed is a source that has one document; name is its String. So what was fetched can be layered, and its artifacts fetched.
func Fixed(name string, d Document) Source { return &fixed{name, d} }

type fixed struct {
	name     string
	document Document
}

var _ Source = (*fixed)(nil)

// String implements Source.
func (f *fixed) String() string { return f.name }

// Fetch implements Source.
func (f *fixed) Fetch(_ context.Context, have Revision) (Document, error) {
	return Since(have, f.document.Revision.Validator(), f.document)
}
