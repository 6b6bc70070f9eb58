package engine

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDecision(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{"time":"x","msg":"decision","decision":{"request_id":"a"}}`, `{"request_id":"a"}`},
		{`{"status":200,"decision":[{"request_id":"a"}]}`, `{"request_id":"a"}`},
		{`{"status":200,"decision":[]}`, ""},
		{`{"status":200}`, ""},
		{`listening on http://127.0.0.1:1`, ""},
		{``, ""},
	} {
		if got := string(Decision([]byte(c.line))); got != c.want {
			t.Errorf("%s: %q, expected %q", c.line, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	var tools Tools
	f := flag.NewFlagSet("x", flag.ContinueOnError)
	tools.Flags(f)
	missing := filepath.Join(t.TempDir(), "none")
	if err := f.Parse([]string{"-host", missing, "-agent", missing + "-agent", "-envoy", missing + "-envoy", "-wasm", os.Args[0]}); err != nil {
		t.Fatal(err)
	}
	err := tools.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{missing + ":", missing + "-agent", missing + "-envoy", "`make build`", "`make venv`"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), os.Args[0]) {
		t.Errorf("what is there is missed: %v", err)
	}
}

// TestStartFails: a program that does not come up says why, after other ports were tried.
func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho no good >&2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds {
		_, err := Tools{Host: program, Agent: program, Envoy: program}.Start(t.Context(), kind, Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "no good") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := (Tools{}).Start(t.Context(), Host, Options{Dir: filepath.Join(dir, "none")}); err == nil {
		t.Error("a folder that is not there was taken")
	}
}

func TestBreakers(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("authorization") != "Bearer sk" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"models":[{"model_id":"a","circuit_breaker":"open"},{"model_id":"b","circuit_breaker":"closed"}]}`))
	}))
	p := &Proxy{URL: s.URL}
	all, err := p.Breakers(t.Context(), "sk")
	if err != nil || len(all) != 2 || all["a"] != "open" || all["b"] != "closed" {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := p.Breakers(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("another key: %v", err)
	}
	s.Close()
	if _, err := p.Breakers(context.Background(), "sk"); err == nil {
		t.Error("nobody listens, and there is an answer")
	}
}
