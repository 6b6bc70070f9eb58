package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// DefaultMaxBytes bounds a document with its includes.
const DefaultMaxBytes = 8 << 20

// Options are for all schemes; each takes what concerns it.
type Options struct {
	// Schemes is what can be opened: the caller says it, since each brings its libraries.
	Schemes map[string]Opener
	// MaxBytes bounds a document with its includes; 0 is DefaultMaxBytes.
	MaxBytes int64
	// Token returns the bearer token for https, asked for before each fetch since it may be replaced; nil: none is sent.
	Token func() (string, error)
	// Warn gets what does not stop a source but should be known, as a watch that could not be set; nil: nobody.
	Warn func(text string)
}

// Opener opens the URLs of one scheme. The URL's fragment was dealt with, and Options have no zero MaxBytes or Warn.
type Opener func(u *url.URL, o Options) (Source, error)

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`)

const checksum = "#sha256="

// Open opens a source. Without a scheme the URL is a file's path. The fragment #sha256=HEX names the only content that is
// taken, includes not counted. No document of a source opened here is empty.
func Open(raw string, o Options) (Source, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	raw, sum, err := cut(raw)
	if err != nil {
		return nil, err
	}
	u := &url.URL{Scheme: "file", Path: raw}
	if named := scheme.FindString(raw); named != "" {
		if u, err = url.Parse(raw); err != nil {
			// The reason may quote a piece of a password.
			return nil, fmt.Errorf("the configuration's URL with the scheme %q cannot be read: are special characters of its user and password written as %%XX?", named)
		}
	}
	if u.Fragment != "" {
		return nil, fmt.Errorf("%s: has a fragment that says nothing, expected %s and 64 hexadecimal digits", Redact(u), checksum)
	}
	open, ok := o.Schemes[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("%s: the scheme %q is unknown, expected one of %s", Redact(u), u.Scheme,
			strings.Join(slices.Sorted(maps.Keys(o.Schemes)), ", "))
	}
	s, err := open(u, o)
	if err != nil {
		return nil, err
	}
	return &checked{Source: s, sum: sum}, nil
}

// cut takes the checksum off a URL.
func cut(raw string) (rest, sum string, err error) {
	i := strings.LastIndex(raw, checksum)
	if i < 0 {
		return raw, "", nil
	}
	rest, sum = raw[:i], strings.ToLower(raw[i+len(checksum):])
	if b, err := hex.DecodeString(sum); err != nil || len(b) != sha256.Size {
		return "", "", fmt.Errorf("a configuration's URL ends with %s%s, expected 64 hexadecimal digits: sha256sum prints them", checksum, sum)
	}
	return rest, sum, nil
}

// Redact writes a URL without what may be secret in it: user, password, query, fragment. What follows a scheme without
// // is shown for files alone: elsewhere it is a mistake that may hold all of them.
func Redact(u *url.URL) string {
	switch {
	case u.Opaque != "" && u.Scheme == "file":
		return u.Scheme + ":" + u.Opaque
	case u.Opaque != "":
		return u.Scheme + ":…"
	}
	clean := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return clean.String()
}

// RedactText is Redact of a path or URL as somebody wrote it.
func RedactText(text string) string {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		return Redact(u)
	}
	if strings.Contains(text, "://") {
		return "a URL that cannot be read"
	}
	return text
}

// checked is a source whose documents are not empty, and those its checksum names.
type checked struct {
	Source
	sum string // hexadecimal; empty: any
}

var (
	_ Source  = (*checked)(nil)
	_ Watcher = (*checked)(nil)
)

// Fetch implements Source.
func (c *checked) Fetch(ctx context.Context, have Revision) (Document, error) {
	d, err := c.Source.Fetch(ctx, have)
	if err != nil {
		if errors.Is(err, ErrNotModified) {
			return Document{}, err
		}
		return Document{}, Failure(c.String(), err)
	}
	if len(bytes.TrimSpace(d.Body)) == 0 {
		return Document{}, &Error{URL: c.String(), Reason: ErrEmpty, Detail: fmt.Sprintf("%d bytes, nothing in them", len(d.Body)),
			Do: "was it cut off while it was written?"}
	}
	if c.sum != "" {
		if got := sha256.Sum256(d.Body); hex.EncodeToString(got[:]) != c.sum {
			return Document{}, &Error{URL: c.String(), Reason: ErrChecksum, Detail: fmt.Sprintf("it has sha256 %x, expected %s", got, c.sum),
				Do: "name the new checksum in the URL if the new document is meant"}
		}
	}
	return d, nil
}

// Changed implements Watcher: never, for a source that is none.
func (c *checked) Changed() <-chan struct{} { return changes(c.Source) }

// Close ends the source.
func (c *checked) Close() error { return Close(c.Source) }
