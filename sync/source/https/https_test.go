package https

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routeiq/routeiq/sync/source"
	"github.com/routeiq/routeiq/sync/source/sourcetest"
)

const (
	planted  = "tok-planted-secret"
	password = "pass-planted-secret"
	signed   = "sig-planted-secret"
)

var schemes = map[string]source.Opener{"http": Open, "https": Open}

// page is a web server's document. A time of zero has no Last-Modified; tag, no ETag.
type page struct {
	sync.Mutex
	body []byte
	tag  string
	at   time.Time
	tags bool
}

func (p *page) put(t *testing.T, content []byte) {
	t.Helper()
	p.Lock()
	defer p.Unlock()
	p.body = content
	if p.tags {
		p.tag = `"` + time.Now().Format(time.RFC3339Nano) + `"` // a new one each time: the same content is a new revision
		return
	}
	if p.at = p.at.Add(time.Second); p.at.Year() == 1 {
		p.at = time.Now().Truncate(time.Second)
	}
}

func (p *page) remove(*testing.T) {
	p.Lock()
	defer p.Unlock()
	p.body = nil
}

func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.Lock()
	defer p.Unlock()
	if p.body == nil {
		http.NotFound(w, r)
		return
	}
	if p.tags {
		w.Header().Set("ETag", p.tag)
	}
	http.ServeContent(w, r, "", p.at, strings.NewReader(string(p.body)))
}

// TestSuite: a server with ETags, and one with times only; a token on the way, a signature in the URL.
func TestSuite(t *testing.T) {
	for name, tags := range map[string]bool{"etag": true, "last modified": false} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) *sourcetest.Subject {
				p := &page{tags: tags}
				server := httptest.NewServer(p)
				t.Cleanup(server.Close)
				faults := sourcetest.NewFaults(t, server.URL)
				s, err := source.Open(faults.URL+"/config.yaml?X-Signature="+signed, source.Options{
					Schemes: schemes, MaxBytes: sourcetest.MaxBytes, Token: func() (string, error) { return planted, nil },
				})
				if err != nil {
					t.Fatal(err)
				}
				return &sourcetest.Subject{Source: s, Put: p.put, Remove: p.remove, Faults: faults, Secret: []string{planted, signed}}
			})
		})
	}
}

// seen is what a server was shown.
type seen struct {
	sync.Mutex
	authorization, referer []string
}

func (s *seen) note(r *http.Request) {
	s.Lock()
	defer s.Unlock()
	s.authorization = append(s.authorization, r.Header.Get("Authorization"))
	s.referer = append(s.referer, r.Header.Get("Referer"))
}

// TestToken: it is read before each fetch, and sent to its host alone: not to another one, which a port is, too.
func TestToken(t *testing.T) {
	var here, there seen
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there.note(r)
		_, _ = io.WriteString(w, "model_list: []")
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here.note(r)
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/x", http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/x", http.StatusTemporaryRedirect)
		default:
			_, _ = io.WriteString(w, "model_list: []")
		}
	}))
	defer server.Close()
	tokens := []string{"first", "second"}
	token := func() (string, error) { next := tokens[0]; tokens = tokens[1:]; return next, nil }
	for _, path := range []string{"/near", "/away"} {
		s := open(t, server.URL+path+"?sig="+signed, source.Options{Token: token})
		if _, err := s.Fetch(t.Context(), ""); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if got, want := strings.Join(here.authorization, ","), "Bearer first,Bearer first,Bearer second"; got != want {
		t.Errorf("its host was shown %s, want %s", got, want)
	}
	if got := there.authorization; len(got) != 1 || got[0] != "" {
		t.Errorf("another host was shown %q", got)
	}
	if got := strings.Join(append(here.referer, there.referer...), ""); got != "" {
		t.Errorf("the address went along: %q", got)
	}
	for _, bad := range []string{"two words", "line\nbreak"} {
		s := open(t, server.URL, source.Options{Token: func() (string, error) { return bad, nil }})
		if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || strings.Contains(err.Error(), bad) {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	s := open(t, server.URL, source.Options{Token: source.TokenFile(t.TempDir() + "/gone")})
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrRefused) || !strings.Contains(err.Error(), "/gone") {
		t.Errorf("no file of a token: %v", err)
	}
}

// TestRedirects: bounded, and never to another scheme.
func TestRedirects(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "model_list: []") }))
	defer plain.Close()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := "/" + strings.TrimPrefix(r.URL.Path, "/") + "x"
		switch r.URL.Path {
		case "/5/":
			to = "/5/x/"
		case "/plain":
			to = plain.URL
		case "/xxxxx":
			_, _ = io.WriteString(w, "model_list: []")
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	server := httptest.NewTLSServer(handler)
	defer server.Close()
	for path, reason := range map[string]error{"/": nil, "/y": source.ErrFailing, "/plain": source.ErrRefused} {
		s := open(t, server.URL+path, source.Options{})
		s.client.Transport = server.Client().Transport // trusts the server's certificate
		if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, reason) {
			t.Errorf("%s: %v, want %v", path, err, reason)
		}
	}
}

// TestUntrusted: a certificate nobody vouches for ends the fetch.
func TestUntrusted(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	server.Config.ErrorLog = nil
	s := open(t, server.URL+"/?sig="+signed, source.Options{})
	if _, err := s.Fetch(t.Context(), ""); !errors.Is(err, source.ErrUnreachable) || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), signed) {
		t.Errorf("fetch: %v", err)
	}
}

// TestOpen: what is refused before anything is sent, with nothing secret in the words.
func TestOpen(t *testing.T) {
	token := func() (string, error) { return planted, nil }
	for _, c := range []struct {
		url   string
		token func() (string, error)
		want  string
	}{
		{"https:///config.yaml", nil, "names no host"},
		{"http://config.example/c.yaml", token, "in the clear"},
		{"http://user:" + password + "@config.example/c.yaml", nil, "in the clear"},
		{"https://user:" + password + "@config.example/c.yaml", token, "expected one of them"},
		{"https://user:" + password + "/x@config.example/c.yaml", nil, "cannot be read"},
	} {
		_, err := source.Open(c.url, source.Options{Schemes: schemes, Token: c.token})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), planted) {
			t.Errorf("%s: %v", c.url, err)
		}
	}
	for _, url := range []string{"http://localhost:1/c", "http://[::1]:1/c", "http://127.0.0.1:1/c", "https://config.example/c"} {
		if _, err := source.Open(url, source.Options{Schemes: schemes, Token: token}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestPassword: a user in the URL is shown to the server, and to nobody else.
func TestPassword(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, pass, ok := r.BasicAuth(); !ok || user != "user" || pass != password {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, "model_list: []")
	}))
	s := open(t, "http://user:"+password+"@"+strings.TrimPrefix(server.URL, "http://")+"/c.yaml", source.Options{})
	if _, err := s.Fetch(t.Context(), ""); err != nil {
		t.Error(err)
	}
	server.Close()
	_, err := s.Fetch(t.Context(), "")
	if err == nil || strings.Contains(err.Error()+s.String(), password) || strings.Contains(s.String(), "user") {
		t.Errorf("%v, %s", err, s)
	}
}

func open(t *testing.T, raw string, o source.Options) *Source {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxBytes = sourcetest.MaxBytes
	s, err := Open(u, o)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Source)
}
