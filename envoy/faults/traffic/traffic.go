// Package traffic is the client of the outage and of the soak: it makes one chat completion at a time and tells what a
// client's own library would have made of the answer.
package traffic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Client asks one proxy.
type Client struct {
	url  string
	http *http.Client
}

// NewClient returns a client that keeps up to so many connections.
func NewClient(url string, connections int) *Client {
	return &Client{url + "/v1/chat/completions", &http.Client{Transport: &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute,
	}}}
}

// HangUp closes the connections that are idle.
func (c *Client) HangUp() { c.http.CloseIdleConnections() }

// Ask is one request.
type Ask struct {
	ID     string // x-request-id; empty: none is sent
	Model  string
	Stream bool
	// Leave: the client leaves when the first bytes of the answer have come.
	Leave bool
	// Piece is told when a piece of the answer came; nil: nobody wants to know.
	Piece func(at time.Time)
}

// Answer is what came of it.
type Answer struct {
	Status     int
	Deployment string // whose it is
	Attempts   int
	Took       time.Duration // from the request's start to the answer's end
	Left       bool
}

// ErrNotWhole says that an answer with status 200 broke off, ended before its end or was an error.
var ErrNotWhole = errors.New("the answer is not whole")

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// Do makes a request. The error tells that there was no answer, or no whole one; a status other than 200 is none.
func (c *Client) Do(ctx context.Context, a Ask) (answer Answer, err error) {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	body := `{"model":"` + a.Model + `","messages":[{"role":"user","content":"Say hello."}]`
	if a.Stream {
		body += `,"stream":true`
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader([]byte(body+"}")))
	if err != nil {
		return answer, err
	}
	r.Header.Set("content-type", "application/json")
	if a.ID != "" {
		r.Header.Set("x-request-id", a.ID)
	}
	began := time.Now()
	got, err := c.http.Do(r)
	if err != nil {
		return answer, err
	}
	defer got.Body.Close()
	answer.Status, answer.Deployment = got.StatusCode, got.Header.Get("x-routeiq-deployment")
	if n := got.Header.Get("x-routeiq-attempts"); n != "" {
		if answer.Attempts, err = strconv.Atoi(n); err != nil {
			return answer, fmt.Errorf("x-routeiq-attempts is %q", n)
		}
	}
	var text []byte
	piece := make([]byte, 4<<10)
	for {
		n, err := got.Body.Read(piece)
		text = append(text, piece[:n]...)
		if n > 0 && a.Piece != nil {
			a.Piece(time.Now())
		}
		switch {
		case a.Leave && n > 0:
			answer.Left, answer.Took = true, time.Since(began)
			return answer, nil
		case errors.Is(err, io.EOF):
			answer.Took = time.Since(began)
			return answer, answer.judge(text, a.Stream)
		case err != nil:
			return answer, fmt.Errorf("%w: %w", ErrNotWhole, err)
		case len(text) > maxAnswer:
			return answer, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
		}
	}
}

// judge tells whether an answer with status 200 is whole.
func (a *Answer) judge(text []byte, stream bool) error {
	if a.Status != http.StatusOK {
		return nil
	}
	end := "}"
	if stream {
		end = "data: [DONE]\n\n"
	}
	if !bytes.HasSuffix(text, []byte(end)) || bytes.Contains(text, []byte(`"error":`)) {
		return fmt.Errorf("%w: it ends in %.200q", ErrNotWhole, text[max(0, len(text)-200):])
	}
	return nil
}
