package follow

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
	"github.com/routeiq/routeiq/host/vm/vmtest"
)

// following is a follower of a real server.
func following(t *testing.T, url string) (*Follower, *vmtest.Logs) {
	t.Helper()
	log := &vmtest.Logs{}
	f, err := New(Options{URL: url, Node: "n", Log: slog.New(slog.NewTextHandler(log, nil)),
		Token: func() (abi.Secret, error) { return abi.Secret{Value: plantedToken}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f, log
}

// TestAnswersThatAreNone: half an answer, another server's, a redirect: each is an error that says what it is, and neither
// the token nor a key is in it, nor goes to another server.
func TestAnswersThatAreNone(t *testing.T) {
	text, _, err := made(t, "r1", plantedKey).Encode()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed: %s %v", r.URL, r.Header)
	}))
	defer elsewhere.Close()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		says   string
	}{
		{"half a body, announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			_, _ = w.Write(text[:len(text)/2]) // the server cuts the connection then
		}, "broke off after"},
		{"half a body, in pieces", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(text[:len(text)/2])
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}, "broke off after"},
		{"half a body that says it is whole", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text[:len(text)/2]) }, "no whole JSON"},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot be reached"},
		{"another server", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>"+plantedKey+"</h1>", http.StatusNotFound)
		}, "404 Not Found; is this the address"},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+plantedKey) }, "no whole JSON"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "307"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			f, _ := following(t, server.URL)
			u, _, err := f.poll(t.Context(), 0)
			if u != nil || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v %v", u, err)
			}
			if strings.Contains(err.Error(), "planted") {
				t.Errorf("a secret is in %v", err)
			}
		})
	}
}

// TestModulesCalls: a module's report goes to the agent with the host's token in place of what the module claims; nothing
// else does, for with that token it could read keys.
func TestModulesCalls(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.Method+" "+r.RequestURI+" "+r.Host+" "+r.Header.Get("Authorization")+" "+string(body))
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	root, _ := following(t, server.URL)
	f, _ := following(t, server.URL+"/below/")
	for _, c := range []struct {
		by             *Follower
		method, target string
		status         int
	}{
		{root, "POST", abi.PathReport, 204},
		{f, "POST", abi.PathReport, 204},
		{f, "GET", abi.PathReport, 403},
		{f, "GET", update.PathUpdate + "?node=n&wait=0s", 403},
		{f, "POST", update.PathResult, 403},
		{f, "POST", abi.PathReport + "/../update", 403},
		{f, "POST", abi.PathReport + "?x", 403},
	} {
		request, err := http.NewRequest(c.method, c.target, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("authorization", "Bearer of the module")
		response, err := c.by.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(response.Body); err != nil || response.Body.Close() != nil || response.StatusCode != c.status {
			t.Errorf("%s %s: %d %v", c.method, c.target, response.StatusCode, err)
		}
	}
	rest := strings.TrimPrefix(server.URL, "http://") + " Bearer " + plantedToken + " {}"
	if want := []string{"POST /v1/report " + rest, "POST /below/v1/report " + rest}; !slices.Equal(got, want) {
		t.Errorf("the agent got %q, want %q", got, want)
	}
}

// TestTokenThatCannotBeRead: nothing is sent without it, and why is said.
func TestTokenThatCannotBeRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("it was asked for %s", r.URL) }))
	defer server.Close()
	f, _ := following(t, server.URL)
	unreadable := errors.New("--agent-token-file /run/token: it is empty")
	f.options.Token = func() (abi.Secret, error) { return abi.Secret{}, unreadable }
	if _, _, err := f.poll(t.Context(), 0); !errors.Is(err, unreadable) {
		t.Errorf("%v", err)
	}
}
