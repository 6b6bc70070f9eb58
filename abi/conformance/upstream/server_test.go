package upstream

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routeiq/routeiq/abi"
)

func serve(t *testing.T) *Server {
	t.Helper()
	s, err := Start(New("a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var client = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}, Timeout: 30 * time.Second}

func post(t *testing.T, s *Server, path, body string) (int, string, error) {
	t.Helper()
	r, err := client.Post(s.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}

// TestShapes: each API is answered in JSON, whole and in every event.
func TestShapes(t *testing.T) {
	s := serve(t)
	for _, api := range abi.APIs {
		for _, body := range []string{`{"model":"m","input":"x"}`, `{"model":"m","input":"x","tools":[{}]}`} {
			status, text, err := post(t, s, api.Path(), body)
			if err != nil || status != 200 || !json.Valid([]byte(text)) || !strings.Contains(text, `"m"`) {
				t.Errorf("%s: %d %v %s", api, status, err, text)
			}
		}
		if api == abi.APIEmbeddings {
			continue
		}
		for _, script := range []Script{{}, {ErrorFirst: true, Events: 1}} {
			s.Play(script)
			for _, more := range []string{"", `,"tools":[{}]`, `,"stream_options":{"include_usage":true}`} {
				status, text, err := post(t, s, api.Path(), `{"model":"m","stream":true`+more+`}`)
				if err != nil || status != 200 {
					t.Errorf("%s: %d %v", api, status, err)
				}
				checkEvents(t, text)
			}
		}
		s.Play()
	}
	if status, text, err := post(t, s, "/v1/other", "{}"); err != nil || status != 404 || !json.Valid([]byte(text)) {
		t.Errorf("another path: %d %v %s", status, err, text)
	}
}

func checkEvents(t *testing.T, text string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(text) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			n++
			if data = strings.TrimSpace(data); data != "[DONE]" && !json.Valid([]byte(data)) {
				t.Errorf("an event is no JSON: %s", data)
			}
		}
	}
	if n == 0 {
		t.Errorf("no event in %q", text)
	}
}

// TestResponsesAreRemembered: a provider knows the responses it made, and no other's.
func TestResponsesAreRemembered(t *testing.T) {
	s := serve(t)
	_, text, err := post(t, s, "/v1/responses", `{"model":"m","input":"x"}`)
	var made struct{ ID string }
	if err != nil || json.Unmarshal([]byte(text), &made) != nil || made.ID == "" {
		t.Fatalf("%v: %s", err, text)
	}
	call := func(method, path string, want int) {
		t.Helper()
		q, err := http.NewRequest(method, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Body.Close(); err != nil || r.StatusCode != want {
			t.Errorf("%s %s: %d %v, want %d", method, path, r.StatusCode, err, want)
		}
	}
	if status, text, _ := post(t, s, "/v1/responses", `{"model":"m","previous_response_id":"`+made.ID+`"}`); status != 200 || !strings.Contains(text, made.ID) {
		t.Errorf("continued: %d %s", status, text)
	}
	if status, _, _ := post(t, s, "/v1/responses", `{"model":"m","previous_response_id":"resp_x"}`); status != 400 {
		t.Errorf("another's continued: %d", status)
	}
	call("GET", "/v1/responses/"+made.ID, 200)
	call("GET", "/v1/responses/"+made.ID+"/input_items", 200)
	call("POST", "/v1/responses/"+made.ID+"/cancel", 200)
	call("DELETE", "/v1/responses/"+made.ID, 200)
	call("GET", "/v1/responses/"+made.ID, 404)
	call("GET", "/v1/responses/resp_x", 404)
}

// TestEnds: every way an answer can end is what a client sees.
func TestEnds(t *testing.T) {
	s := serve(t)
	const chat = "/v1/chat/completions"
	s.Play(Script{End: Reset})
	if _, _, err := post(t, s, chat, `{"model":"m"}`); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	s.Play(Script{End: ResetAfterHeaders})
	if status, text, err := post(t, s, chat, `{"model":"m"}`); status != 200 || text != "" || err == nil {
		t.Errorf("reset after headers: %d %q %v", status, text, err)
	}
	s.Play(Script{End: Break, Events: 2})
	if status, text, err := post(t, s, chat, `{"model":"m","stream":true}`); status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(text, "[DONE]") {
		t.Errorf("break: %d %q %v", status, text, err)
	}
	for name, c := range map[string]struct {
		script Script
		cut    error  // of a stream
		has    string // of its text
	}{
		"reset in the body": {Script{End: ResetInBody}, syscall.ECONNRESET, "Hello"},
		"stop":              {Script{End: Stop}, nil, "Hello"},
		"too short":         {Script{LengthOff: 20}, io.ErrUnexpectedEOF, "[DONE]"},
		"too long":          {Script{LengthOff: -20}, nil, "Hello"},
		"error opened":      {Script{ErrorOpened: true}, nil, `"role":"assistant"`},
		"error later":       {Script{ErrorLater: true, Error: "rate"}, nil, "rate_limit_exceeded"},
	} {
		s.Play(c.script)
		status, text, err := post(t, s, chat, `{"model":"m","stream":true}`)
		whole := strings.HasSuffix(text, "[DONE]\n\n")
		if status != 200 || !errors.Is(err, c.cut) || c.cut == nil && err != nil || !strings.Contains(text, c.has) || whole != (c.script.LengthOff > 0) {
			t.Errorf("%s, stream: %d %q %v", name, status, text, err)
		}
		status, text, err = post(t, s, chat, `{"model":"m"}`)
		failing := c.script.failing()
		if status != 200 || !errors.Is(err, c.cut) || json.Valid([]byte(text)) != (failing || c.script.LengthOff > 0) || failing != strings.Contains(text, `"error"`) {
			t.Errorf("%s, JSON: %d %q %v", name, status, text, err)
		}
	}
	s.Play(Script{Status: 503, Header: [][2]string{{"retry-after", "3"}}})
	if status, text, err := post(t, s, chat, `{"model":"m"}`); status != 503 || !json.Valid([]byte(text)) || err != nil {
		t.Errorf("503: %d %q %v", status, text, err)
	}
	s.Play(Script{Status: 500}, Script{Status: 502}, Script{})
	for _, want := range []int{500, 502, 200, 200} {
		if status, _, err := post(t, s, chat, `{"model":"m"}`); status != want || err != nil {
			t.Errorf("in turn: %d %v, want %d", status, err, want)
		}
	}
	s.Play(Script{Gzip: true})
	_, text, err := post(t, s, chat, `{"model":"m","stream":true}`)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(plain, []byte("[DONE]")) {
		t.Errorf("gzip: %v %q", err, plain)
	}
}

// TestWaits: an answer that comes late is a good one, and what comes before the pause is what the script says.
func TestWaits(t *testing.T) {
	s := serve(t)
	const pause = 50 * time.Millisecond
	for _, script := range []Script{{Wait: pause}, {Wait: pause, WaitAfterHeaders: true}} {
		s.Play(script)
		began := time.Now()
		r, err := client.Post(s.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"m","stream":true}`))
		if err != nil {
			t.Fatal(err)
		}
		headers := time.Since(began)
		text, err := io.ReadAll(r.Body)
		if whole := time.Since(began); err != nil || whole < pause || script.WaitAfterHeaders == (headers >= pause) || !strings.Contains(string(text), "[DONE]") {
			t.Errorf("%+v: headers after %s, all after %s: %v %q", script, headers, whole, err, text)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestErrors: each error that has a name is said in the shape of each API, as a body and as an event.
func TestErrors(t *testing.T) {
	s := serve(t)
	for _, name := range Errors {
		for _, api := range abi.APIs {
			s.Play(Script{Status: 400, Error: name})
			status, text, err := post(t, s, api.Path(), `{"model":"m"}`)
			if err != nil || status != 400 || !json.Valid([]byte(text)) || !strings.Contains(text, `"error":{`) {
				t.Errorf("%s, %s: %d %q %v", name, api, status, text, err)
			}
			if api == abi.APIEmbeddings {
				continue
			}
			s.Play(Script{ErrorOpened: true, Error: name})
			status, text, err = post(t, s, api.Path(), `{"model":"m","stream":true}`)
			if err != nil || status != 200 || !strings.Contains(text, "error") {
				t.Errorf("%s, %s, stream: %d %q %v", name, api, status, text, err)
			}
			checkEvents(t, text)
		}
	}
}

// TestUntrusted: it speaks TLS, its certificate is refused by who looks, and who does not look is answered.
func TestUntrusted(t *testing.T) {
	s, err := StartUntrusted(New("a"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var unknown x509.UnknownAuthorityError
	if _, _, err := post(t, s, "/v1/chat/completions", `{"model":"m"}`); !errors.As(err, &unknown) {
		t.Errorf("the certificate: %v", err)
	}
	blind := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	r, err := blind.Post(s.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"m"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil || r.StatusCode != 200 {
		t.Errorf("%d %v", r.StatusCode, err)
	}
}

// TestSeesTheClientLeave: a client that leaves is noticed, while it hangs and in a stream.
func TestSeesTheClientLeave(t *testing.T) {
	s := serve(t)
	for _, script := range []Script{
		{End: Hang}, {End: HangAfterHeaders}, {End: Stall}, {Events: 100_000, Every: time.Millisecond},
		{Wait: time.Hour}, {Wait: time.Hour, WaitAfterHeaders: true},
	} {
		s.Play(script)
		ctx, leave := context.WithCancel(t.Context())
		q, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true}`))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if s.AwaitSeen(t.Context()) {
				leave()
			}
		}()
		if r, err := client.Do(q); err == nil {
			_, err = io.Copy(io.Discard, r.Body)
			if closed := r.Body.Close(); err == nil || closed != nil {
				t.Errorf("the client did not leave: %v, %v", err, closed)
			}
		}
		if !s.AwaitGone(t.Context()) {
			t.Error("nobody noticed that the client left")
		}
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	s.Play()
	if s.AwaitGone(ended) || s.AwaitSeen(ended) {
		t.Error("what was forgotten is seen")
	}
}

// TestInStep: an event waits until the client has read those before it but Slack.
func TestInStep(t *testing.T) {
	s := serve(t)
	for _, reads := range []bool{false, true} {
		s.Play(Script{Events: 30, InStep: true})
		r, err := client.Post(s.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"m","stream":true}`))
		if err != nil {
			t.Fatal(err)
		}
		lines, events := bufio.NewScanner(r.Body), 0
		for (reads || events <= Slack) && lines.Scan() {
			if lines.Text() == "" {
				if events++; reads {
					s.Read(events)
				}
			}
		}
		if err := errors.Join(lines.Err(), r.Body.Close()); err != nil {
			t.Error(err)
		}
		if reads && events != 33 {
			t.Errorf("%d events came, expected 33", events)
		}
		if !reads && !s.AwaitGone(t.Context()) { // had it sent the rest, it would not have been there to notice
			t.Error("it did not wait for its client")
		}
	}
}

func TestChoose(t *testing.T) {
	s := serve(t)
	s.Choose(func(seen Seen) Script {
		if bytes.Contains(seen.Body, []byte("bad")) {
			return Script{Status: 500}
		}
		return Script{}
	})
	for body, want := range map[string]int{`{"model":"good"}`: 200, `{"model":"bad"}`: 500} {
		if status, _, err := post(t, s, "/v1/chat/completions", body); status != want || err != nil {
			t.Errorf("%s: %d %v", body, status, err)
		}
	}
}
