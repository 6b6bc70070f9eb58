package staging

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Request is what somebody wants to try.
type Request struct {
	Artifact string                     `json:"artifact"`         // by path or URL, as in a configuration
	Strategy string                     `json:"routing_strategy"` // empty: the group's present one
	Args     map[string]json.RawMessage `json:"routing_strategy_args"`
	// Requests are recorded ones: bodies of any API the group speaks, or {"text": "…"}.
	Requests     []json.RawMessage `json:"requests"`
	RequestsURL  string            `json:"requests_url"`  // of a file with one of them in each line, in place of Requests
	MaxAbstained *float64          `json:"max_abstained"` // the part of the requests for which the model may abstain; not stated: 0.5
	AutoPromote  bool              `json:"auto_promote"`  // it is promoted when it passed
}

// Bounds of what is tried.
const (
	MaxBody             = 16 << 20 // bytes of a request
	maxRequests         = 10_000
	maxRecorded         = 1 << 20 // bytes of one recorded request
	defaultMaxAbstained = 0.5
)

// whatToSend ends the refusal of a trial without recorded requests.
const whatToSend = `send "requests": 1 to 10000 bodies such as {"messages": [{"role": "user", "content": "…"}]} or {"text": "…"}, ` +
	`or "requests_url": where a file has one of them in each line`

// ParseRequest reads a request. Its errors are ErrRequest, and quote nothing of it.
func ParseRequest(body []byte) (Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("%w: the body is not the JSON that is expected (docs/endpoints.md): %v", ErrRequest, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r, fmt.Errorf("%w: something follows the body's JSON object", ErrRequest)
	}
	switch {
	case r.Artifact == "":
		return r, fmt.Errorf("%w: artifact is missing, expected the path or URL of an artifact", ErrRequest)
	case r.Args["artifact"] != nil:
		return r, fmt.Errorf("%w: routing_strategy_args.artifact is given, expected artifact beside it", ErrRequest)
	case len(r.Requests) > 0 && r.RequestsURL != "":
		return r, fmt.Errorf("%w: requests and requests_url are both given, expected one of them", ErrRequest)
	case len(r.Requests) == 0 && r.RequestsURL == "":
		return r, fmt.Errorf("%w: there are no recorded requests to try it on: %s", ErrRequest, whatToSend)
	case r.MaxAbstained != nil && (*r.MaxAbstained < 0 || *r.MaxAbstained > 1):
		return r, fmt.Errorf("%w: max_abstained is %g, expected a part from 0 to 1", ErrRequest, *r.MaxAbstained)
	}
	return r, nil
}

// maxAbstained is the part of the requests for which the model may abstain.
func (r *Request) maxAbstained() float64 {
	if r.MaxAbstained == nil {
		return defaultMaxAbstained
	}
	return *r.MaxAbstained
}

// recorded returns the recorded requests.
func (s *Staging) recorded(ctx context.Context, r *Request) ([]json.RawMessage, error) {
	list := r.Requests
	if r.RequestsURL != "" {
		from, err := s.o.Open(r.RequestsURL)
		if err != nil {
			return nil, fmt.Errorf("%w: requests_url: %w", ErrRequest, err)
		}
		d, err := from.Fetch(ctx, "")
		if err != nil {
			return nil, fmt.Errorf("%w: requests_url: %w", ErrRequest, err)
		}
		for line := range bytes.Lines(d.Body) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				list = append(list, json.RawMessage(line))
			}
		}
	}
	if len(list) == 0 || len(list) > maxRequests {
		return nil, fmt.Errorf("%w: there are %d recorded requests: %s", ErrRequest, len(list), whatToSend)
	}
	for i, raw := range list {
		if err := recordedOne(raw); err != nil {
			return nil, fmt.Errorf("%w: recorded request %d %w", ErrRequest, i+1, err)
		}
	}
	return list, nil
}

// recordedOne makes sure that something is a recorded request. Its errors quote nothing of it: it is what somebody's client said.
func recordedOne(raw json.RawMessage) error {
	if len(raw) > maxRecorded {
		return fmt.Errorf("has %d bytes, expected %d at most", len(raw), maxRecorded)
	}
	var r map[string]json.RawMessage
	if err := json.Unmarshal(raw, &r); err != nil || r == nil {
		return fmt.Errorf("is no JSON object, expected a body such as {\"messages\": […]}, or {\"text\": \"…\"}")
	}
	for _, member := range []string{"messages", "prompt", "input"} {
		if r[member] != nil {
			return nil
		}
	}
	var text string
	if json.Unmarshal(r["text"], &text) != nil || text == "" {
		return fmt.Errorf("has none of messages, prompt, input and text")
	}
	return nil
}
