package agent

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// What a request may say to the provider.
const (
	hello = "hello"
	fail  = "fail"
)

// provider is a real server, outside of every bubble: it answers, but a request that says "fail" with 500. It keeps no connection
// open, because a bubble's time stands still while something in it waits for a socket.
var provider = sync.OnceValue(func() *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Model    string
			Messages []struct{ Content string }
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Messages) != 1 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if asked.Messages[0].Content == fail {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error":{"message":"it failed","type":"server_error"}}`) // the host sees what did not arrive
			return
		}
		_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","created":1,"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},`+
			`"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, asked.Model)
	}))
	s.Config.SetKeepAlivesEnabled(false)
	s.Start()
	return s
})
