package gcs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/sourcetest"
)

const planted = "planted-secret"

var schemes = map[string]source.Opener{"gs": Open}

// fake starts the server.
func fake(t *testing.T) string {
	return sourcetest.Server(t, "ROUTEIQ_FAKE_GCS", "fake-gcs-server", "/storage/v1/b", func(port string) []string {
		return []string{"-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend", "memory"}
	})
}

func bucket(t *testing.T, server, name string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	if status := sourcetest.Do(t, http.MethodPost, server+"/storage/v1/b", body); status != http.StatusOK {
		t.Fatalf("bucket %s: status %d", name, status)
	}
}

func put(t *testing.T, server, bucket, key string, content []byte) {
	t.Helper()
	at := server + "/upload/storage/v1/b/" + bucket + "/o?uploadType=media&name=" + url.QueryEscape(key)
	if status := sourcetest.Do(t, http.MethodPost, at, content); status != http.StatusOK {
		t.Fatalf("put %s: status %d", key, status)
	}
}

// TestSuite runs over a fake-gcs-server, named as Google's own clients are told it.
func TestSuite(t *testing.T) {
	server := fake(t)
	n := 0
	sourcetest.Run(t, func(t *testing.T) *sourcetest.Subject {
		faults := sourcetest.NewFaults(t, server)
		t.Setenv(EnvEmulator, strings.TrimPrefix(faults.URL, "http://"))
		n++
		in, key := fmt.Sprintf("bucket-%d", n), "fleet/config one.yaml"
		bucket(t, server, in)
		s, err := source.Open("gs://"+in+"/fleet/config%20one.yaml", source.Options{Schemes: schemes, MaxBytes: sourcetest.MaxBytes})
		if err != nil {
			t.Fatal(err)
		}
		return &sourcetest.Subject{
			Source: s, Faults: faults,
			Put: func(t *testing.T, content []byte) { put(t, server, in, key, content) },
			Remove: func(t *testing.T) {
				sourcetest.Do(t, http.MethodDelete, server+"/storage/v1/b/"+in+"/o/"+url.PathEscape(key), nil)
			},
		}
	})
}

// TestRequest: what Google's server is asked, which the fake does not look at: the generation, and the object's name as one
// part of the path.
func TestRequest(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.EscapedPath()+"?"+r.URL.RawQuery)
		if r.URL.Query().Get("ifGenerationNotMatch") == "42" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("X-Goog-Generation", "42")
		_, _ = io.WriteString(w, "model_list: []")
	}))
	defer server.Close()
	t.Setenv(EnvEmulator, server.URL)
	s, err := source.Open("gs://bucket/a/b.yaml?generation=42", source.Options{Schemes: schemes})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), d.Revision); !errors.Is(err, source.ErrNotModified) {
		t.Errorf("fetch: %v, want %v", err, source.ErrNotModified)
	}
	want := "/storage/v1/b/bucket/o/a%2Fb.yaml?alt=media&generation=42\n/storage/v1/b/bucket/o/a%2Fb.yaml?alt=media&generation=42&ifGenerationNotMatch=42"
	if got := strings.Join(asked, "\n"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}

// TestToken: the credential's token goes along, to its server alone; a redirect is not followed, and a refused credential is
// told without the words of the token's server.
func TestToken(t *testing.T) {
	var shown []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown = append(shown, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch {
		case r.URL.Path == "/token" && r.FormValue("refresh_token") == "good":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"`+planted+`","token_type":"Bearer","expires_in":3600}`)
		case r.URL.Path == "/token":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"`+planted+`"}`)
		case strings.HasSuffix(r.URL.Path, "/away"):
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			_, _ = io.WriteString(w, "model_list: []")
		}
	}))
	defer server.Close()
	open := func(key, refresh string) *Source {
		c := oauth2.Config{Endpoint: oauth2.Endpoint{TokenURL: server.URL + "/token"}}
		tokens := c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: refresh})
		return &Source{bucket: "b", key: key, server: server.URL, max: 1 << 10, client: bounded(&oauth2.Transport{Source: tokens})}
	}
	if _, err := open("c", "good").Fetch(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if last := shown[len(shown)-1]; last != "/storage/v1/b/b/o/c Bearer "+planted {
		t.Errorf("shown %q", last)
	}
	if _, err := open("away", "good").Fetch(t.Context(), ""); !errors.Is(err, source.ErrFailing) || strings.Contains(strings.Join(shown, " "), "elsewhere") {
		t.Errorf("redirect: %v, %q", err, shown)
	}
	if _, err := open("c", "bad").Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || strings.Contains(err.Error(), planted) || !strings.Contains(err.Error(), "400") {
		t.Errorf("refused credential: %v", err)
	}
}

// TestCredentials: a file that cannot be read is named by its variable, not by what is in it.
func TestCredentials(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, []byte(`{"type":"service_account","private_key":"`+planted+`"`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", path)
	t.Setenv(EnvEmulator, "")
	s, err := source.Open("gs://b/c.yaml", source.Options{Schemes: schemes})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "GOOGLE_APPLICATION_CREDENTIALS") || strings.Contains(err.Error(), planted) {
		t.Errorf("fetch: %v", err)
	}
}

// TestOpen: what is no object.
func TestOpen(t *testing.T) {
	for url, want := range map[string]string{
		"gs://bucket": "expected gs://BUCKET/KEY", "gs:///key": "expected gs://BUCKET/KEY", "gs://b/k?generation=new": "whole number",
		"gs://b/k?x=y": "generation=N", "gs://u:" + planted + "@b/k": "expected none",
	} {
		if _, err := source.Open(url, source.Options{Schemes: schemes}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), planted) {
			t.Errorf("%s: %v", url, err)
		}
	}
	t.Setenv(EnvEmulator, "http://user:"+planted+"@host")
	if _, err := source.Open("gs://b/k", source.Options{Schemes: schemes}); err == nil || strings.Contains(err.Error(), planted) {
		t.Errorf("emulator: %v", err)
	}
}
