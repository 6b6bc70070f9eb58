package envoy

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routeiq/routeiq/envoy/envoytest"
)

// TestThousandDeployments: a thousand deployments, each with its cluster, key and verified TLS, start in reasonable time, and the
// last of them answers.
func TestThousandDeployments(t *testing.T) {
	const n = 1000
	up := newUpstream(t, says(200, "ok"))
	// A bundle as large as a system's, since every cluster reads it.
	bundle := bundleOf(t, 140)
	for _, c := range []struct{ name, url string }{{"http", up.URL}, {"https", "https://127.0.0.1:1"}} {
		t.Run(c.name, func(t *testing.T) {
			places := make([]place, n, n+1)
			for i := range places {
				places[i] = place{id: fmt.Sprintf("d%04d", i), url: c.url, parts: bearer(fmt.Sprintf("sk-%04d", i))}
			}
			places = append(places, place{id: "last", url: up.URL, parts: bearer("sk-last")})
			in := input(t, places...)
			in.CABundle = bundle
			file := render(t, in)
			e := envoytest.Start(t, file, envoytest.Options{})
			// Within envoytest's minute, also on a busy machine; an idle one took 3 s and 4 s.
			t.Logf("%d deployments: a file of %d kB, ready in %s, %s", n, len(file)>>10, e.ReadyIn.Round(10*time.Millisecond), memory(t, e.PID()))
			if got := send(t, e, "last", "{}"); got.status != 200 {
				t.Errorf("got %d %q", got.status, got.body)
			}
			all := up.requests()
			if key := all[len(all)-1].Header.Get("Authorization"); key != "Bearer sk-last" {
				t.Errorf("the upstream got the key %q", key)
			}
		})
	}
}

// bundleOf writes a file with n authorities.
func bundleOf(t *testing.T, n int) string {
	t.Helper()
	var all []byte
	for range n {
		one, err := os.ReadFile(newAuthority(t).bundle(t))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one...)
	}
	path := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// memory tells how much of a process is in memory, where the system says.
func memory(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return "memory unknown"
	}
	for line := range strings.Lines(string(text)) {
		if rss, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(rss) + " in memory"
		}
	}
	return "memory unknown"
}
