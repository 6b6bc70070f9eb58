package dryrun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/routeiq/routeiq/abi"
)

// probe asks for each of some groups, and looks at what was decided.
func (d *DryRun) probe(ctx context.Context, groups []abi.ModelGroup, key string) error {
	asked := make(map[string]*abi.ModelGroup, len(groups))
	for i := range groups {
		g := &groups[i]
		id := uuid.NewString()
		asked[id] = g
		api := apiOf(g)
		r, err := ask(ctx, id, key, api, bodyOf(api, strings.Replace(g.Name, "*", "probe", 1)))
		if err != nil {
			return err
		}
		d.host.ServeHTTP(&unread{header: http.Header{}}, r)
	}
	lines, err := d.decisions.of(ctx, asked)
	if err != nil {
		return err
	}
	var errs []error
	for id, g := range asked {
		if why := lines[id].wrong(g); why != "" {
			errs = append(errs, fmt.Errorf("group %q: %s", g.Name, why))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// ask is a request as it comes from a client.
func ask(ctx context.Context, id, key string, api abi.API, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://dry-run"+api.Path(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.RemoteAddr, r.RequestURI = "127.0.0.1:1", api.Path()
	for name, value := range map[string]string{
		abi.HeaderRequestID: id, "authorization": "Bearer " + key, "content-type": "application/json", "anthropic-version": "2023-06-01",
	} {
		r.Header.Set(name, value)
	}
	return r, nil
}

// apiOf is an API that a group speaks.
func apiOf(g *abi.ModelGroup) abi.API {
	for _, d := range g.Deployments {
		if len(d.Paths) > 0 && d.Unconfigured == "" {
			return d.Paths[0].API
		}
	}
	return abi.APIChat
}

// bodyOf is a small request of an API.
func bodyOf(api abi.API, model string) []byte {
	message := []map[string]string{{"role": "user", "content": "ping"}}
	body := map[string]any{"model": model, "messages": message, "max_tokens": 1}
	switch api {
	case abi.APICompletions:
		body = map[string]any{"model": model, "prompt": "ping", "max_tokens": 1}
	case abi.APIEmbeddings, abi.APIResponses:
		body = map[string]any{"model": model, "input": "ping"}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("a probe cannot be encoded: " + err.Error()) // it holds texts and a number
	}
	return text
}

// unread is the client of a probe.
type unread struct{ header http.Header }

func (u *unread) Header() http.Header            { return u.header }
func (u *unread) Write(text []byte) (int, error) { return len(text), nil }
func (u *unread) WriteHeader(int)                {}
