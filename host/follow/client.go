package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
)

// transferLimit is how long an update may take on top of the wait that was asked for.
const transferLimit = time.Minute

// refusedError is an agent's answer other than an update.
type refusedError struct {
	status int
	text   string
}

// Error implements error.
func (e *refusedError) Error() string { return e.text }

// forbidden tells whether the agent does not let this host in: trying again helps only when somebody changes something.
func (e *refusedError) forbidden() bool {
	return e.status == http.StatusUnauthorized || e.status == http.StatusForbidden
}

// poll asks for what is not the update with the tag f.have. It returns nil when there is nothing else.
func (f *Follower) poll(ctx context.Context, wait time.Duration) (*update.Update, string, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+transferLimit)
	defer cancel()
	query := url.Values{update.QueryNode: {f.options.Node}, update.QueryHave: {f.have}, update.QueryWait: {wait.String()}}
	status, body, err := f.do(ctx, http.MethodGet, update.PathUpdate+"?"+query.Encode(), nil, update.MaxBytes)
	if err != nil {
		return nil, "", err
	}
	switch status {
	case http.StatusNotModified:
		return nil, "", nil
	case http.StatusOK:
		return update.Decode(body)
	}
	return nil, "", f.refused(status, body)
}

// tell posts what became of an update.
func (f *Follower) tell(ctx context.Context, result *update.Result) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("what became of revision %s: %w", result.Revision, err)
	}
	status, body, err := f.do(ctx, http.MethodPost, update.PathResult, text, maxAnswer)
	if err != nil {
		return err
	}
	if status != http.StatusNoContent {
		return f.refused(status, body)
	}
	return nil
}

// maxAnswer bounds an answer that holds no update.
const maxAnswer = 64 << 10

// do makes a request and returns its whole answer.
func (f *Follower) do(ctx context.Context, method, target string, body []byte, limit int64) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, f.base.String()+target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("agent %s: %w", f.base, err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := f.send(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() {
		if closed := response.Body.Close(); err == nil && closed != nil {
			err = fmt.Errorf("agent %s: %w", f.base, closed)
		}
	}()
	if response.StatusCode != http.StatusOK {
		limit = maxAnswer
	}
	if answer, err = io.ReadAll(io.LimitReader(response.Body, limit+1)); err != nil {
		return 0, nil, fmt.Errorf("agent %s: its answer broke off after %d bytes: %w", f.base, len(answer), err)
	}
	if int64(len(answer)) > limit {
		return 0, nil, fmt.Errorf("agent %s: its answer has more than %d bytes", f.base, limit)
	}
	return response.StatusCode, answer, nil
}

// send puts the token on a request and sends it.
func (f *Follower) send(request *http.Request) (*http.Response, error) {
	request.Header.Del("Authorization")
	if f.options.Token != nil {
		token, err := f.options.Token()
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+token.Value)
	}
	response, err := f.client.Do(request)
	if err != nil {
		// Its own words repeat the whole URL, with the query.
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, fmt.Errorf("agent %s cannot be reached: %w", f.base, err)
	}
	return response, nil
}

// refused makes an error of an answer. Only our own agent's words are repeated: another server's might be anything.
func (f *Follower) refused(status int, body []byte) error {
	text := fmt.Sprintf("agent %s answered %d %s", f.base, status, http.StatusText(status))
	var said struct {
		Error struct{ Message string }
	}
	if err := json.Unmarshal(body, &said); err == nil && said.Error.Message != "" {
		return &refusedError{status, text + ": " + update.Cut(said.Error.Message)}
	}
	return &refusedError{status, text + "; is this the address of a RouteIQ agent that serves hosts?"}
}

var _ http.RoundTripper = (*Follower)(nil)

// RoundTrip implements http.RoundTripper for the calls of the host's module to its agent: it sends a report to the agent,
// with the token. It lets nothing else through: a module could read updates, and so keys, with the host's token.
func (f *Follower) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodPost || request.URL.Path != abi.PathReport || request.URL.RawQuery != "" {
		if request.Body != nil {
			if err := request.Body.Close(); err != nil {
				return nil, err
			}
		}
		text := "a module may only POST " + abi.PathReport + " to the agent"
		return &http.Response{
			Status: "403 Forbidden", StatusCode: http.StatusForbidden, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"text/plain"}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: request,
		}, nil
	}
	sent, to := request.Clone(request.Context()), *f.base
	to.Path += abi.PathReport
	sent.URL, sent.Host, sent.RequestURI = &to, "", ""
	return f.send(sent)
}
