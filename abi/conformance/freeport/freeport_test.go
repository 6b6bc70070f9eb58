package freeport

import (
	"fmt"
	"net"
	"testing"
)

func TestFor(t *testing.T) {
	seen := map[int]bool{}
	for range 50 {
		port := For(t)
		if seen[port] || port < firstPort || port >= lastPort {
			t.Fatalf("%d, after %d others", port, len(seen))
		}
		seen[port] = true
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
