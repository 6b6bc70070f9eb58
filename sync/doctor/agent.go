package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Agent is what a running agent says of itself at GET /config/status.
type Agent struct {
	Origin        string
	Revision      string // what it published last
	Failure       string // its last error, with the step; empty: there is none
	Date          time.Time
	Asked, Answer time.Time
}

// ReadAgent asks an agent for its status, with a key where one is given. The key is in no error.
func ReadAgent(ctx context.Context, client *http.Client, base, key string) (*Agent, error) {
	base, err := baseURL(base)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if key != "" {
		header.Set("x-admin-api-key", key)
	}
	a := &Agent{Origin: base, Asked: time.Now()}
	body, answered, err := ask(ctx, client, http.MethodGet, base+"/config/status", header)
	a.Answer = time.Now()
	if err != nil {
		return nil, err
	}
	a.Date = dateOf(answered)
	var status struct {
		Revision  string `json:"revision"`
		LastError *struct {
			Step   string `json:"step"`
			Reason string `json:"reason"`
			Since  string `json:"since"`
		} `json:"last_error"`
	}
	if err := json.Unmarshal(body, &status); err != nil {
		return nil, fmt.Errorf("%s/config/status: is not the status of an agent", base)
	}
	a.Revision = status.Revision
	if e := status.LastError; e != nil && e.Reason != "" {
		a.Failure = fmt.Sprintf("step %s, since %s: %s", e.Step, e.Since, e.Reason)
	}
	return a, nil
}
