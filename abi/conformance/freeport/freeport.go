// Package freeport gives tests ports for processes that listen later.
package freeport

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/gofrs/flock"
)

// The ports a test hands to a process that listens later. They lie below those a system gives to who listens on port 0 or
// connects (Linux: 32768 and above; elsewhere higher): one of these is taken by somebody else before it is listened on, and
// then two tests talk to one server.
const firstPort, lastPort = 20_000, 32_000

// lastTried is how many ports this process has looked at.
var lastTried atomic.Int64

// Get returns a TCP port of 127.0.0.1 on which nothing listens, and that no other test gets while this process lives.
func Get() (int, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("routeiq-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	const count = lastPort - firstPort
	for range count {
		port := firstPort + (os.Getpid()*97+int(lastTried.Add(1)))%count
		taken := flock.New(filepath.Join(dir, strconv.Itoa(port)))
		if ok, err := taken.TryLock(); err != nil {
			return 0, err
		} else if !ok {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close() // the lock is the process's, and goes with it
		}
		if err := taken.Unlock(); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("every port from %d to %d is taken", firstPort, lastPort)
}

// For returns such a port to a test.
func For(t testing.TB) int {
	t.Helper()
	port, err := Get()
	if err != nil {
		t.Fatalf("no free port: %v", err)
	}
	return port
}
