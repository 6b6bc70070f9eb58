package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// script is a source that answers as it is told.
type script struct {
	name    string
	answer  func(ctx context.Context, have Revision) (Document, error)
	changed chan struct{}
	closed  int
}

func (s *script) Fetch(ctx context.Context, have Revision) (Document, error) {
	return s.answer(ctx, have)
}
func (s *script) String() string           { return s.name }
func (s *script) Changed() <-chan struct{} { return s.changed }
func (s *script) Close() error             { s.closed++; return nil }

// fixed is a source that always has one document.
func fixed(name, body string) *script {
	return &script{name: name, answer: func(_ context.Context, have Revision) (Document, error) {
		return Since(have, "", Document{Body: []byte(body)})
	}}
}

// opens is a scheme whose documents are the URL's path.
func opens(u *url.URL, _ Options) (Source, error) { return fixed(Redact(u), u.Path), nil }

// TestSeal: each part of a document is in its revision, and no two documents share one.
func TestSeal(t *testing.T) {
	seen := map[Revision]int{}
	for i, d := range []struct {
		validator string
		Document
	}{
		{"", Document{}},
		{"e", Document{}},
		{"", Document{Body: []byte("ab")}},
		{"", Document{Body: []byte("ab"), Files: map[string][]byte{"a": nil}}},
		{"", Document{Body: []byte("ab"), Files: map[string][]byte{"a": []byte("b")}}},
		{"", Document{Body: []byte("ab"), Files: map[string][]byte{"ab": nil}}},
		{"", Document{Body: []byte("a"), Files: map[string][]byte{"b": nil}}},
	} {
		r := Seal(d.validator, d.Document)
		if before, ok := seen[r]; ok {
			t.Errorf("documents %d and %d have the revision %q", before, i, r)
		}
		if seen[r] = i; r.Validator() != d.validator {
			t.Errorf("validator %q, want %q", r.Validator(), d.validator)
		}
	}
	if v := Revision("free text").Validator(); v != "" {
		t.Errorf("validator of another's revision: %q", v)
	}
}

// TestOpen: schemes and checksums.
func TestOpen(t *testing.T) {
	const sum = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9" // of "0"
	o := Options{Schemes: map[string]Opener{"file": opens, "x-y": opens}}
	for url, want := range map[string]string{
		"0": "", "x-y:///0": "", "0#sha256=" + sum: "", "0#sha256=" + strings.ToUpper(sum): "", "file#1": "",
		"1#sha256=" + sum:                         "it is not the document its checksum names: it has sha256 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b, expected " + sum,
		"0#sha256=123":                            "64 hexadecimal digits",
		"ftp:user:pass-planted@h/k":               `ftp:…: the scheme`,
		"x-y://h/0#other":                         "fragment",
		"ftp://user:pass-planted@h/k?sig-planted": `ftp://h/k: the scheme "ftp" is unknown, expected one of file, x-y`,
		"":  "it is empty",
		" ": "it is empty",
	} {
		s, err := Open(url, o)
		if err == nil {
			_, err = s.Fetch(t.Context(), "")
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) || err != nil && strings.Contains(err.Error(), "planted") {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
}

// TestForwarded: what Open puts around a source hides neither its watch nor its end.
func TestForwarded(t *testing.T) {
	inner := &script{name: "x:", changed: make(chan struct{}, 1)}
	s, err := Open("x-y:", Options{Schemes: map[string]Opener{"x-y": func(*url.URL, Options) (Source, error) { return inner, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	inner.changed <- struct{}{}
	<-changes(s)
	if err := Close(s); err != nil || inner.closed != 1 {
		t.Errorf("closed %d times: %v", inner.closed, err)
	}
}

// TestFailure: what an error of the network means; the address in it, which may be signed, is not repeated.
func TestFailure(t *testing.T) {
	wrap := func(err error) error { return &url.Error{Op: "Get", URL: "https://h/?sig-planted", Err: err} }
	for _, c := range []struct {
		err, want error
	}{
		{wrap(context.Canceled), context.Canceled},
		{wrap(context.DeadlineExceeded), ErrLate},
		{wrap(&net.DNSError{Err: "planted not", IsTimeout: true}), ErrLate},
		{wrap(errors.New("connection refused")), ErrUnreachable},
		{io.ErrUnexpectedEOF, ErrCut},
		{fmt.Errorf("x: %w", TooLarge(5)), ErrTooLarge},
		{wrap(&Error{URL: "from", Reason: ErrFailing}), ErrFailing},
	} {
		e := Failure("from", c.err)
		if !errors.Is(e, c.want) || !strings.HasPrefix(e.Error(), "from: ") || strings.Contains(e.Error(), "sig-planted") {
			t.Errorf("%v: %v", c.err, e)
		}
	}
}

// TestAnswered: statuses, and how long to leave a server alone.
func TestAnswered(t *testing.T) {
	for status, want := range map[int]error{400: ErrFailing, 401: ErrRefused, 403: ErrRefused, 404: ErrGone, 407: ErrRefused, 410: ErrGone, 418: ErrFailing, 429: ErrFailing, 500: ErrFailing} {
		for text, seconds := range map[string]float64{"": 0, "9": 9, "-1": 0, "x": 0, "9999999": 0} {
			e := Answered("from", status, "Code", http.Header{"Retry-After": {text}})
			if !errors.Is(e, want) || e.RetryAfter.Seconds() != seconds || !strings.Contains(e.Error(), fmt.Sprintf("status %d Code", status)) {
				t.Errorf("%d %q: %v, %v", status, text, e, e.RetryAfter)
			}
		}
	}
}
