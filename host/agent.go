package host

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/routeiq/routeiq/host/upstream"
)

// toAgent is the way to the agent, whose address and token only the one who made the host knows.
func toAgent(agent http.RoundTripper) way {
	return func(ctx context.Context, r *upstream.Request) (*upstream.Response, error) {
		request, err := http.NewRequestWithContext(ctx, r.Method, r.Target, bytes.NewReader(r.Body))
		if err != nil {
			return nil, fmt.Errorf("a module's call to the agent: %w", err)
		}
		request.Header = r.Header
		response, err := agent.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		return &upstream.Response{
			Status: response.StatusCode, Header: response.Header, Body: response.Body, Length: response.ContentLength,
			Trailer: func() http.Header { return response.Trailer },
		}, nil
	}
}
