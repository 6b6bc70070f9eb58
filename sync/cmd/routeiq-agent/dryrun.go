package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/sync/diff"
	"github.com/routeiq/routeiq/sync/publish"
)

// dryRun tries publications with the real module, in a host of its own that serves nobody: the module takes the document, and
// decides a request for each group. No attempt goes anywhere, because that host has no upstream.
type dryRun struct {
	wasm     []byte
	cacheDir string
	warn     func(text string)

	host      *host.Host // made with the first
	decisions decisions
	passed    string // revision of the document that passed last
}

// maxAtOnce bounds the groups whose decisions are waited for together.
const maxAtOnce = 200

// Try is for agent.Options.DryRun. It is not safe for concurrent use. Groups that did not change, where no other setting did,
// are not asked again.
func (d *dryRun) Try(ctx context.Context, p *publish.Publication, changes *diff.Result) error {
	// All that differs from what proxies get is one more client key, where keys are asked for, and that no cluster is there.
	tried := host.Config{Document: p.Config, Credentials: p.Credentials}
	key := admit(&tried.Document)
	if err := d.take(ctx, tried); err != nil {
		return fmt.Errorf("the module does not take the document: %w", err)
	}
	if err := tryEncoder(ctx, p, d.warn); err != nil {
		return err
	}
	groups := p.Config.Groups
	if d.passed != "" {
		groups = changed(groups, changes)
	}
	var errs []error
	for part := range slices.Chunk(groups, maxAtOnce) {
		errs = append(errs, d.probe(ctx, part, key))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	d.passed = p.Revision
	return nil
}

// admit adds a client's key to a document, where keys are asked for.
func admit(c *abi.Config) (key string) {
	key = rand.Text()
	if len(c.ClientKeys) > 0 {
		sum := sha256.Sum256([]byte(key))
		c.ClientKeys = append(slices.Clone(c.ClientKeys), hex.EncodeToString(sum[:]))
	}
	return key
}

// take gives a configuration to the module.
func (d *dryRun) take(ctx context.Context, c host.Config) error {
	if d.host != nil {
		return d.host.Swap(ctx, c)
	}
	h, err := host.New(ctx, host.Options{
		Wasm: d.wasm, Concurrency: 1, CacheDir: d.cacheDir, NodeID: "dry-run", DecisionLog: &d.decisions,
	}, c)
	if err != nil {
		return err
	}
	d.host = h
	return nil
}

// Close ends the host.
func (d *dryRun) Close(ctx context.Context) error {
	if d.host == nil {
		return nil
	}
	return d.host.Close(ctx)
}

// changed are the groups that a change touches; all of them, where it touches what is of more than one.
func changed(groups []abi.ModelGroup, changes *diff.Result) []abi.ModelGroup {
	names := map[string]bool{}
	for _, p := range changes.Settings {
		name, ok := strings.CutPrefix(p.Path, "groups[")
		if !ok {
			return groups
		}
		names[name[:strings.LastIndex(name, "]")]] = true
	}
	for _, e := range changes.Added {
		names[e.ModelName] = true
	}
	for _, e := range changes.Removed {
		names[e.ModelName] = true
	}
	for _, c := range changes.Changed {
		names[c.ModelName] = true
	}
	return slices.DeleteFunc(slices.Clone(groups), func(g abi.ModelGroup) bool { return !names[g.Name] })
}

// probe asks for each of some groups, and looks at what was decided.
func (d *dryRun) probe(ctx context.Context, groups []abi.ModelGroup, key string) error {
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

// decided is a line of the decision log, as far as it is looked at.
type decided struct {
	ID       string    `json:"request_id"`
	Group    string    `json:"group"`
	Abstains string    `json:"abstains"`
	Attempts []attempt `json:"attempts"`
	Refused  string    `json:"refused"`
	Lost     string    `json:"lost"`
}

// attempt is one of those that would be made.
type attempt struct {
	Deployment string `json:"deployment"`
}

// wrong tells what is wrong with a decision; empty: nothing. A group none of whose deployments can be used is a group all the
// same, and a pattern's probe may be another's, whose text before the * is longer.
func (l decided) wrong(g *abi.ModelGroup) string {
	switch {
	case l.Lost != "":
		return "the module failed while it handled a request for it"
	case l.Refused != "" && l.Refused != "no_deployment_configured":
		return "a request for it is refused with " + l.Refused
	case l.Group != g.Name && !strings.Contains(g.Name, "*"):
		return fmt.Sprintf("a request for it was decided for %q", l.Group)
	case len(l.Attempts) == 0 && l.Refused == "":
		return "a request for it was given no deployment"
	}
	return ""
}

// decisions gathers what a host's decision log says.
type decisions struct {
	mu    sync.Mutex
	rest  []byte
	lines map[string]decided
	more  chan struct{} // closed with the next line
}

// Write implements io.Writer.
func (d *decisions) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rest = append(d.rest, text...)
	for {
		line, rest, whole := bytes.Cut(d.rest, []byte("\n"))
		if !whole {
			break
		}
		var entry struct {
			Decision decided `json:"decision"`
		}
		if err := json.Unmarshal(line, &entry); err != nil {
			return 0, fmt.Errorf("a line of the decision log: %w", err)
		}
		if d.lines == nil {
			d.lines = map[string]decided{}
		}
		d.lines[entry.Decision.ID] = entry.Decision
		d.rest = rest
	}
	if d.more != nil {
		close(d.more)
		d.more = nil
	}
	return len(text), nil
}

// of waits for the lines of requests, and forgets all.
func (d *decisions) of(ctx context.Context, asked map[string]*abi.ModelGroup) (map[string]decided, error) {
	ctx, stop := context.WithTimeout(ctx, lookWithin)
	defer stop()
	for {
		d.mu.Lock()
		missing := ""
		for id, g := range asked {
			if _, there := d.lines[id]; !there {
				missing = g.Name
				break
			}
		}
		if missing == "" {
			lines := d.lines
			d.lines = nil
			d.mu.Unlock()
			return lines, nil
		}
		if d.more == nil {
			d.more = make(chan struct{})
		}
		more := d.more
		d.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, fmt.Errorf("group %q: the module logged no decision for a request: %w", missing, ctx.Err())
		}
	}
}

// unread is the client of a probe.
type unread struct{ header http.Header }

func (u *unread) Header() http.Header            { return u.header }
func (u *unread) Write(text []byte) (int, error) { return len(text), nil }
func (u *unread) WriteHeader(int)                {}
