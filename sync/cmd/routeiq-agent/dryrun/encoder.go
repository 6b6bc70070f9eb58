package dryrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/sync/publish"
)

// How long an encoder may take to the agent's own question, and how much it may say.
const (
	encoderWithin = 5 * time.Second
	encoderMost   = 4 << 20
)

// tryEncoder asks the encoder of a publication for a vector, and holds its size against the artifacts that go by it. An encoder that
// does not answer now is no reason to refuse a document, as proxies go on without it: warn is told.
func tryEncoder(ctx context.Context, p *publish.Publication, warn func(text string)) error {
	e := p.Config.Encoder
	if e == nil {
		return nil
	}
	vector, err := askEncoder(ctx, p)
	if err != nil {
		warn(fmt.Sprintf("the encoder %s at %s%s does not answer: %v; requests are decided without the models that go by it until it does", e.ID, e.Authority, e.Path, err))
		return nil
	}
	var errs []error
	for i := range p.Config.Artifacts {
		a := &p.Config.Artifacts[i]
		m, err := artifact.ParseManifest([]byte(a.Manifest))
		if err != nil {
			errs = append(errs, fmt.Errorf("artifact %q: %w", a.Name, err))
			continue
		}
		if m.Encoder != nil && m.Encoder.ID == e.ID && m.Encoder.Dimension != len(vector) {
			errs = append(errs, fmt.Errorf("artifact %q goes by vectors of %d numbers, the encoder %s at %s%s makes vectors of %d: it is another model than the artifact was trained with",
				a.Name, m.Encoder.Dimension, e.ID, e.Authority, e.Path, len(vector)))
		}
	}
	return errors.Join(errs...)
}

func askEncoder(ctx context.Context, p *publish.Publication) ([]float32, error) {
	e := p.Config.Encoder
	ctx, cancel := context.WithTimeout(ctx, encoderWithin)
	defer cancel()
	var at *abi.Cluster
	for i := range p.Clusters {
		if p.Clusters[i].Name == e.Cluster {
			at = &p.Clusters[i]
		}
	}
	if at == nil {
		return nil, errors.New("the document has no place for it")
	}
	url := at.Scheme + "://" + net.JoinHostPort(at.Host, strconv.Itoa(at.Port)) + e.Path
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoder.Ask(e, "ping")))
	if err != nil {
		return nil, err
	}
	r.Host = e.Authority
	r.Header.Set("Content-Type", "application/json")
	for _, c := range p.Credentials {
		for _, part := range c.Parts {
			if c.Name == at.Credential && at.Credential != "" && part.Secret.Value != "" {
				r.Header.Set(part.Header, part.Prefix+part.Secret.Value)
			}
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, encoderMost))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", response.Status)
	}
	return encoder.Read(e, body)
}
