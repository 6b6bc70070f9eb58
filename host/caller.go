package host

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/routeiq/routeiq/host/upstream"
	"github.com/routeiq/routeiq/host/vm"
)

// caller makes the HTTP calls of modules, to the clusters of the current configuration.
type caller struct{ host *Host }

var _ vm.Caller = caller{}

// maxCallBody bounds the answer to a module's own call: it is copied into the module's memory.
const maxCallBody = 4 << 20

func (c caller) cluster(name string) *upstream.Cluster {
	g := c.host.generation.Load()
	if g == nil {
		return nil
	}
	return g.settings.clusters[name]
}

// Known implements vm.Caller.
func (c caller) Known(cluster string) bool { return c.cluster(cluster) != nil }

// Call implements vm.Caller.
func (c caller) Call(ctx context.Context, call vm.HTTPCall) (answer *vm.HTTPResponse, err error) {
	cluster := c.cluster(call.Cluster)
	if cluster == nil {
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
	response, failure := cluster.Do(ctx, request)
	if failure != nil {
		return nil, failure
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
