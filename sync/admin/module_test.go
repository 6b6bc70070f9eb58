package admin

import (
	"net/http"
	"strings"
	"testing"
)

// TestModule: the code comes whole, by its own hash alone, and only where it is served.
func TestModule(t *testing.T) {
	at := path(Endpoint{Path: "/module/{sha256}"})
	s := newSite(t, nil)
	if w := s.ask(http.MethodGet, at); w.Code != http.StatusOK || w.Body.String() != code || w.Header().Get("Content-Type") != "application/wasm" {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
	other := "/module/" + strings.Repeat("0", 64)
	if w := s.ask(http.MethodGet, other); w.Code != http.StatusNotFound || codeOf(t, w.Body.Bytes()) != "not_found" || !strings.Contains(w.Body.String(), strings.TrimPrefix(at, "/module/")) {
		t.Errorf("another hash: %d %s", w.Code, w.Body)
	}
	s = newSite(t, func(_ *site, o *Options) { o.Module = nil })
	if w := s.ask(http.MethodGet, at); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "--serve-module") {
		t.Errorf("none is served: %d %s", w.Code, w.Body)
	}
}
