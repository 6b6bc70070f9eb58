package host

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/upstream"
	"github.com/routeiq/routeiq/host/vm"
)

// caller makes the HTTP calls of modules, to the clusters of the current configuration.
type caller struct{ host *Host }

var _ vm.Caller = caller{}

// maxCallBody bounds the answer to a module's own call: it is copied into the module's memory.
const maxCallBody = 4 << 20

// way sends a call to a cluster and returns its answer as soon as the headers are there.
type way func(ctx context.Context, r *upstream.Request) (*upstream.Response, error)

// way returns the way to a cluster; nil: there is no such cluster.
func (c caller) way(name string) way {
	if agent := c.host.options.Agent; agent != nil && name == abi.AgentCluster {
		return toAgent(agent)
	}
	g := c.host.generation.Load()
	if g == nil || g.settings.clusters[name] == nil {
		return nil
	}
	return func(ctx context.Context, r *upstream.Request) (*upstream.Response, error) {
		if credential := g.settings.authenticated[name]; credential != "" {
			headers := g.settings.credentials[credential]
			if headers == nil {
				return nil, fmt.Errorf("the credential %q is not set", credential)
			}
			for _, h := range headers {
				r.Header.Set(h.Name, h.Value)
			}
		}
		response, failure := g.settings.clusters[name].Do(ctx, r)
		if failure != nil {
			return nil, failure
		}
		return response, nil
	}
}

// Known implements vm.Caller.
func (c caller) Known(cluster string) bool { return c.way(cluster) != nil }

// Call implements vm.Caller.
func (c caller) Call(ctx context.Context, call vm.HTTPCall) (answer *vm.HTTPResponse, err error) {
	send := c.way(call.Cluster)
	if send == nil {
		return nil, fmt.Errorf("cluster %q is not there any more", call.Cluster)
	}
	lines := vm.NewHeaders(call.Headers)
	header := make(http.Header, lines.Len())
	putCanonical(header, lines.Lines(), notUpstream)
	request := &upstream.Request{
		Method: lines.Value(":method"), Target: lines.Value(":path"), Authority: lines.Value(":authority"), Header: header,
	}
	if len(call.Body) > 0 {
		request.Body = call.Body
	}
	response, err := send(ctx, request)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := response.Body.Close(); err == nil {
			err = closed
		}
	}()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxCallBody+1))
	if err != nil {
		return nil, upstream.Broken(err)
	}
	if len(body) > maxCallBody {
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxCallBody)
	}
	return &vm.HTTPResponse{
		Headers: responseLines(response.Status, response.Header), Body: body, Trailers: trailerLines(response.Trailer()),
	}, nil
}
