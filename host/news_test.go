package host

import (
	"io"
	"net/http"
	"testing"
)

// TestTickDecidesOnAHeldAnswer: the upstream's stream has begun and says nothing more, the adapter holds it, and a tick
// decides what comes of it: nobody waits for the upstream's next word.
func TestTickDecidesOnAHeldAnswer(t *testing.T) {
	tests := []struct {
		mode, body string
		status     int
		made       int
	}{
		{"late-retry", "data: 2", 200, 2},
		{"late-reply", "too late", 504, 1},
		{"late-go", "dat", 200, 1},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			goOn := make(chan struct{})
			b := newBench(t, map[string]string{"stream": upstreamServer(t, stream("data: 2")), "a": upstreamServer(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				if _, err := io.WriteString(w, "dat"); err != nil {
					return
				}
				must(t, http.NewResponseController(w).Flush())
				select {
				case <-r.Context().Done():
				case <-goOn:
					if _, err := io.WriteString(w, "a: 1"); err != nil {
						t.Error(err)
					}
				}
			})}, func(_ *Options, c *Config) { c.Document.Revision = "tick" })
			response := b.open(t, t.Context(), "hello", "x-attempts: a,stream", "x-mode: "+tt.mode)
			begin := make([]byte, len(tt.body))
			if _, err := io.ReadFull(response.Body, begin); err != nil || string(begin) != tt.body || response.StatusCode != tt.status {
				t.Errorf("%d %q %v", response.StatusCode, begin, err)
			}
			if tt.mode == "late-go" { // what was held has gone; the rest follows when it comes
				close(goOn)
				if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "a: 1" {
					t.Errorf("%q %v", rest, err)
				}
			}
			must(t, response.Body.Close())
			if d := b.decided(t, 1); d.Attempts != tt.made || d.Verdict.Code != tt.status {
				t.Errorf("%+v", d)
			}
		})
	}
}
