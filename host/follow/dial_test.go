package follow

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestDial: polls go by the connection that the option makes, and nobody else is asked for one.
func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("it is not plugged in")
		theirs := make(chan net.Conn, 1)
		f, err := New(Options{URL: "http://127.0.0.1:1", Node: "n", Dial: func(_ context.Context, network, address string) (net.Conn, error) {
			if network != "tcp" || address != "127.0.0.1:1" {
				t.Errorf("%s %s", network, address)
			}
			if down != nil {
				return nil, down
			}
			near, far := net.Pipe()
			theirs <- far
			return near, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.poll(t.Context(), 0); !errors.Is(err, down) {
			t.Errorf("%v", err)
		}
		down = nil
		server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })}
		go func() { _ = server.Serve(&one{connection: theirs}) }() // ends with the server
		if u, _, err := f.poll(t.Context(), 0); u != nil || err != nil {
			t.Errorf("%v %v", u, err)
		}
		f.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
}

// one is a listener of the connections it is given.
type one struct{ connection chan net.Conn }

func (l *one) Accept() (net.Conn, error) {
	c, ok := <-l.connection
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (l *one) Close() error {
	close(l.connection)
	return nil
}

func (l *one) Addr() net.Addr { return &net.UnixAddr{} }
