package envoy

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// dial opens a connection to the clients' listener.
func dial(t *testing.T, e *envoytest.Envoy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(e.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// rawRequest sends text as it is and returns all that comes back until Envoy closes.
func rawRequest(t *testing.T, e *envoytest.Envoy, text string) string {
	t.Helper()
	c := dial(t, e)
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%v after %q", err, got)
	}
	return string(got)
}
