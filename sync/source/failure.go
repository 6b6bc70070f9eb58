package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What may go wrong: the Reason of an Error, for errors.Is.
var (
	ErrGone        = errors.New("there is no such document")
	ErrRefused     = errors.New("reading it is refused")
	ErrFailing     = errors.New("the server fails")
	ErrUnreachable = errors.New("the server cannot be reached")
	ErrLate        = errors.New("it did not come in time")
	ErrCut         = errors.New("it was cut off on its way")
	ErrTooLarge    = errors.New("it is too large")
	ErrEmpty       = errors.New("it is empty")
	ErrChecksum    = errors.New("it is not the document its checksum names")
	ErrLayer       = errors.New("it cannot be layered")
)

// Error is why a document could not be fetched. Nothing of it is secret: no user, password, query, token, and no word of a
// server's answer but its status and code.
type Error struct {
	URL    string // the source's String
	Reason error  // one of the above, or context.Canceled
	Detail string // more about it; may be empty
	Do     string // what to do; may be empty
	// RetryAfter is how long the server asks to be left alone, 0 when it does not say.
	RetryAfter time.Duration
}

// Error says all of it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.URL + ": " + e.Reason.Error())
	for _, more := range []string{e.Detail, e.Do} {
		if more != "" {
			b.WriteString(": " + more)
		}
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Reason }

// Failure makes an Error of what a network or a body ended with. It takes apart errors that repeat the URL, whose query
// may be a signature.
func Failure(from string, err error) *Error {
	var known *Error
	var named *url.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return &Error{URL: from, Reason: context.Canceled}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{URL: from, Reason: ErrLate, Do: "is the server slow, or does a firewall drop what is sent to it?"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{URL: from, Reason: ErrCut, Detail: "fewer bytes came than were announced", Do: "it is fetched again"}
	case errors.Is(err, ErrTooLarge):
		return &Error{URL: from, Reason: ErrTooLarge, Detail: err.Error()}
	}
	if errors.As(err, &named) {
		err = named.Err
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &Error{URL: from, Reason: ErrLate, Detail: err.Error()}
	}
	return &Error{URL: from, Reason: ErrUnreachable, Detail: err.Error()}
}

// Answered makes an Error of an HTTP status that brings no document. code is the server's own word for it, may be empty.
func Answered(from string, status int, code string, header http.Header) *Error {
	e := &Error{URL: from, Detail: strings.TrimSpace("status " + strconv.Itoa(status) + " " + code), RetryAfter: retryAfter(header)}
	switch status {
	case http.StatusNotFound, http.StatusGone:
		e.Reason, e.Do = ErrGone, "check the name, and that it was uploaded"
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		e.Reason, e.Do = ErrRefused, "check the credential and what it may read"
	default:
		e.Reason = ErrFailing
	}
	return e
}

// retryAfter reads the header in seconds. A date, which the standard allows too, is left alone: the back-off serves.
func retryAfter(header http.Header) time.Duration {
	n, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || n < 0 || n > 24*3600 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// ReadAll reads a body of at most limit bytes; a larger one is ErrTooLarge.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, TooLarge(limit)
	}
	return body, nil
}

// TooLarge is ErrTooLarge with the bound in its text.
func TooLarge(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
}
