package agent

import (
	"context"
	"errors"
	"net"
	"sync"
)

// wire is a network of one server in memory: a bubble's time goes on while its connections are waited for.
type wire struct {
	mu       sync.Mutex
	listener *listener // nil: nobody listens
}

// listener takes the connections of a wire.
type listener struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

var errRefused = errors.New("connection refused")

// listen makes a listener, in place of the one before, which must be closed.
func (w *wire) listen() *listener {
	l := &listener{connections: make(chan net.Conn), closed: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listener = l
	return l
}

// dial connects to the server, for follow.Options.
func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	l := w.listener
	w.mu.Unlock()
	if l == nil {
		return nil, errRefused
	}
	mine, theirs := net.Pipe()
	select {
	case l.connections <- theirs:
		return mine, nil
	case <-l.closed:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "wire", Net: "pipe"} }
