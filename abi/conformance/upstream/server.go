package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Server is an Upstream on a loopback port.
type Server struct {
	*Upstream
	URL string // http://127.0.0.1:PORT, or https://

	http   *http.Server
	done   chan struct{} // closed by Close: requests that hang end
	served chan error
}

// Start serves an upstream on a free port.
func Start(u *Upstream) (*Server, error) {
	return start(u, "http", func(l net.Listener) net.Listener { return l })
}

func start(u *Upstream, scheme string, over func(net.Listener) net.Listener) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("upstream %s: %w", u.Name, err)
	}
	s := &Server{Upstream: u, URL: scheme + "://" + l.Addr().String(), done: make(chan struct{}), served: make(chan error, 1)}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	go func() { s.served <- s.http.Serve(over(l)) }()
	return s, nil
}

// Close ends the server and every request in it.
func (s *Server) Close() error {
	close(s.done)
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := &Seen{Method: r.Method, Path: r.RequestURI, Host: r.Host, Header: r.Header}
	if s.early() {
		s.answerEarly(w, s.respond(seen))
		return
	}
	body, err := io.ReadAll(r.Body)
	if seen.Body = body; err != nil {
		s.take(seen)
		s.left(seen)
		panic(http.ErrAbortHandler)
	}
	reply := s.respond(seen)
	if !s.awaitOver(r.Context(), reply.After) {
		s.left(seen)
		panic(http.ErrAbortHandler)
	}
	switch reply.End {
	case Hang:
		s.hang(r, seen)
	case Reset:
		reset(w)
		return
	case Close:
		panic(http.ErrAbortHandler)
	case Garble:
		garble(w)
		return
	}
	if reply.Wait > 0 && !reply.WaitAfterHeaders && !s.pause(r.Context(), reply.Wait) {
		s.left(seen)
		panic(http.ErrAbortHandler)
	}
	if reply.LengthOff != 0 {
		misstate(w, reply)
		return
	}
	for _, h := range reply.Header {
		w.Header().Add(h[0], h[1])
	}
	if len(reply.Chunks) == 1 && reply.Every == 0 && reply.End == Whole {
		w.Header().Set("content-length", strconv.Itoa(len(reply.Chunks[0])))
	}
	w.WriteHeader(reply.Status)
	if reply.End == HangAfterHeaders {
		if err := http.NewResponseController(w).Flush(); err == nil {
			s.hang(r, seen)
		}
		panic(http.ErrAbortHandler)
	}
	if err := s.send(w, r, reply); err != nil {
		s.left(seen)
		panic(http.ErrAbortHandler)
	}
	switch reply.End {
	case Break:
		panic(http.ErrAbortHandler)
	case ResetInBody:
		reset(w)
	case Stall:
		s.hang(r, seen)
	}
}

// pause waits; false when the client left or the server ends meanwhile.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

// misstate sends an answer whose content-length is not that of its body, and closes the connection. It says that it does: else
// the next request could be sent into what is too much, and fail for a reason of its own.
func misstate(w http.ResponseWriter, reply Reply) {
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	body := bytes.Join(reply.Chunks, nil)
	fmt.Fprintf(out, "HTTP/1.1 %d Misstated\r\nconnection: close\r\ncontent-length: %d\r\n", reply.Status, len(body)+reply.LengthOff)
	for _, h := range reply.Header {
		fmt.Fprintf(out, "%s: %s\r\n", h[0], h[1])
	}
	fmt.Fprintf(out, "\r\n%s", body)
	_ = out.Flush() // who left does not read it
	_ = conn.Close()
}

// hang waits until the client leaves, and ends the handler.
func (s *Server) hang(r *http.Request, seen *Seen) {
	select {
	case <-r.Context().Done():
		s.left(seen)
	case <-s.done:
	}
	panic(http.ErrAbortHandler)
}

// garble sends what is no HTTP.
func garble(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(conn, "\x00\x01 this is no HTTP\r\n\r\n") // who left does not read it
	_ = conn.Close()
}

// early tells whether the next script answers before it has read.
func (s *Server) early() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.scripts) > 0 && s.scripts[min(len(s.seen), len(s.scripts)-1)].Early
}

// answerEarly answers and closes the connection, with the request's body still on its way.
func (s *Server) answerEarly(w http.ResponseWriter, reply Reply) {
	conn, out, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	body := bytes.Join(reply.Chunks, nil)
	fmt.Fprintf(out, "HTTP/1.1 %d Early\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s", reply.Status, len(body), body)
	if out.Flush() != nil {
		return // the client is gone already
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite() // who reads gets the answer and its end; what is still sent is read below, not reset
	}
	_, _ = io.Copy(io.Discard, conn)
}

// send writes the body; the error tells that the client left, or that the script breaks the answer off.
func (s *Server) send(w http.ResponseWriter, r *http.Request, reply Reply) error {
	out := http.NewResponseController(w)
	if reply.End == ResetAfterHeaders {
		if err := out.Flush(); err != nil {
			return err
		}
		reset(w)
		return nil
	}
	if reply.WaitAfterHeaders {
		if err := out.Flush(); err != nil {
			return err
		}
		if !s.pause(r.Context(), reply.Wait) {
			return errGone
		}
	}
	for i, chunk := range reply.Chunks {
		if reply.InStep && !s.awaitRead(r.Context(), i-Slack) {
			return r.Context().Err()
		}
		if i > 0 && reply.Every > 0 && !s.pause(r.Context(), reply.Every) {
			return errGone
		}
		if _, err := w.Write(chunk); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// errGone is what ends an answer whose client left, or whose server ends.
var errGone = errors.New("the client left, or the server ends")

// reset closes the connection so that the other side gets a TCP reset, not an end.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no connection to take: close it in the ordinary way
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// An error here leaves the ordinary close, which the test then sees.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
