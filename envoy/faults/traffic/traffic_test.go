package traffic

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestDo(t *testing.T) {
	answers := map[string]string{
		"stream": "data: {}\n\ndata: [DONE]\n\n", "json": `{"choices":[]}`, "half": `{"choi`, "unfinished": "data: {}\n\n",
		"error event": "data: {\"error\":{}}\n\ndata: [DONE]\n\n",
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		w.Header().Set("x-routeiq-deployment", "d")
		w.Header().Set("x-routeiq-attempts", r.Header.Get("x-request-id"))
		switch {
		case strings.Contains(string(body), `"model":"busy"`):
			w.WriteHeader(http.StatusTooManyRequests)
			return
		case strings.Contains(string(body), `"model":"cut"`):
			_, _ = w.Write([]byte("data: {}\n\n"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		for model, text := range answers {
			if strings.Contains(string(body), `"model":"`+model+`"`) {
				_, _ = w.Write([]byte(text))
			}
		}
	}))
	defer s.Close()
	c := NewClient(s.URL, 4)
	defer c.HangUp()
	for _, x := range []struct {
		ask    Ask
		status int
		whole  bool
	}{
		{Ask{Model: "stream", Stream: true, ID: "1"}, 200, true},
		{Ask{Model: "json", ID: "2"}, 200, true},
		{Ask{Model: "half", ID: "1"}, 200, false},
		{Ask{Model: "unfinished", Stream: true, ID: "1"}, 200, false},
		{Ask{Model: "error event", Stream: true, ID: "1"}, 200, false},
		{Ask{Model: "cut", Stream: true, ID: "1"}, 200, false},
		{Ask{Model: "busy", ID: "1"}, 429, true},
	} {
		pieces := 0
		x.ask.Piece = func(time.Time) { pieces++ }
		a, err := c.Do(t.Context(), x.ask)
		if a.Status != x.status || (err == nil) != x.whole || err != nil && !errors.Is(err, ErrNotWhole) || a.Deployment != "d" || a.Attempts < 1 {
			t.Errorf("%s: %+v %v", x.ask.Model, a, err)
		}
		if x.whole && (a.Took <= 0 || x.status == 200 && pieces == 0) {
			t.Errorf("%s: %+v, %d pieces", x.ask.Model, a, pieces)
		}
	}
	if a, err := c.Do(t.Context(), Ask{Model: "stream", Stream: true, ID: "1", Leave: true}); err != nil || !a.Left {
		t.Errorf("leaving: %+v %v", a, err)
	}
	if _, err := c.Do(t.Context(), Ask{Model: "json", ID: "many"}); err == nil {
		t.Error("a number of attempts that is none was taken")
	}
	s.Close()
	if _, err := c.Do(t.Context(), Ask{Model: "json"}); err == nil {
		t.Error("nobody listens, and there was an answer")
	}
}
