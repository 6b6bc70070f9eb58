package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Envoy's response flags for an upstream's failures, as bits of response.flags.
const (
	FlagUpstreamReset  uint64 = 1 << 4  // UR
	FlagConnectFailure uint64 = 1 << 5  // UF
	FlagTermination    uint64 = 1 << 6  // UC
	FlagProtocolError  uint64 = 1 << 23 // UPE
)

// Failure is an attempt without an answer, or with half of one.
type Failure struct {
	Flag      uint64
	Status    int    // Envoy's status for it, when no other attempt is made
	Reason    string // Envoy's word: "remote connection failure", "connection termination", …
	Transport string // what the network said, safe to log; empty: nothing
	Cause     error  // for logs
}

var _ error = (*Failure)(nil)

// Error says what happened, for logs.
func (f *Failure) Error() string {
	if f.Transport == "" {
		return f.Reason
	}
	return f.Reason + ": " + f.Transport
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// Details is Envoy's response.code_details: started says whether the answer had begun.
func (f *Failure) Details(started bool) string {
	when := "upstream_reset_before_response_started"
	if started {
		when = "upstream_reset_after_response_started"
	}
	text := f.Reason
	if f.Transport != "" {
		text += "|" + f.Transport
	}
	return when + "{" + strings.Join(strings.Fields(text), "_") + "}"
}

// Broken is the failure of an answer whose body broke off.
func Broken(err error) *Failure { return classify(err, true) }

// classify puts an error of net/http into Envoy's words. connected says whether the attempt had a connection.
func classify(err error, connected bool) *Failure {
	f := &Failure{Status: http.StatusServiceUnavailable, Cause: err, Transport: transportText(err)}
	switch {
	case !connected && isTimeout(err):
		f.Flag, f.Reason = FlagConnectFailure, "connection timeout"
	case !connected:
		f.Flag, f.Reason = FlagConnectFailure, "remote connection failure"
	case isMalformed(err): // net/http calls that a broken connection as well
		f.Flag, f.Reason, f.Status = FlagProtocolError, "protocol error", http.StatusBadGateway
	case isEnd(err):
		f.Flag, f.Reason, f.Transport = FlagTermination, "connection termination", ""
	default:
		f.Flag, f.Reason = FlagUpstreamReset, "remote reset"
	}
	return f
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// isEnd tells whether the connection ended: closed by the upstream, or reset.
func isEnd(err error) bool {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) {
		return true
	}
	// net/http has no names for these two.
	text := err.Error()
	return strings.Contains(text, "server closed idle connection") || strings.Contains(text, "connection broken") ||
		strings.Contains(text, "connection lost")
}

// isMalformed tells whether the upstream spoke no HTTP. net/http has no type for it.
func isMalformed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "malformed") || strings.Contains(text, "PROTOCOL_ERROR") ||
		strings.Contains(text, "invalid header") || strings.Contains(text, "exceeded") && strings.Contains(text, "header")
}

// transportText names the network's reason. It is made of known words, so that no URL and no header gets into a log.
func transportText(err error) string {
	var (
		dns      *net.DNSError
		number   syscall.Errno
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		alert    tls.AlertError
		noTLS    tls.RecordHeaderError
		verified *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &dns):
		return "name resolution failure"
	case errors.As(err, &unknown):
		return "certificate of an unknown authority"
	case errors.As(err, &name):
		return "certificate for another name"
	case errors.As(err, &invalid), errors.As(err, &verified):
		return "certificate not valid"
	case errors.As(err, &alert):
		return "TLS alert: " + alert.Error()
	case errors.As(err, &noTLS):
		return "the upstream does not speak TLS"
	case errors.As(err, &number):
		return number.Error()
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return "timeout"
	}
	return ""
}
