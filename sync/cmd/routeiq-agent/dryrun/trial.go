package dryrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host"
	"github.com/routeiq/routeiq/sync/publish"
)

// Trial has the real module decide recorded requests, in a host of its own for each configuration, which serves nobody. No request
// leaves it but those to the encoder.
type Trial struct {
	// Warn gets what is no reason to refuse a model and should be known; nil: nobody.
	Warn func(text string)

	options host.Options
}

// NewTrial returns one with the module that the options of a host name; its worker, its node and its decision log are its own.
func NewTrial(options host.Options) *Trial {
	options.Concurrency, options.NodeID = 1, "trial"
	return &Trial{options: options}
}

// Decision is what the module decided for one recorded request.
type Decision struct {
	Deployment string        // that would be tried first; empty: none
	Abstains   string        // why a trained model is not followed; empty: it is, or there is none
	Refused    string        // why there is no attempt
	Took       time.Duration // with all that is around a decision
}

// trialWithin bounds the time for all requests of one configuration.
const trialWithin = 5 * time.Minute

// Decide has the module decide requests for a group: one request at a time, each as if it were the only one.
func (t *Trial) Decide(ctx context.Context, p *publish.Publication, group string, bodies []json.RawMessage) (out []Decision, err error) {
	ctx, stop := context.WithTimeout(ctx, trialWithin)
	defer stop()
	if err := tryEncoder(ctx, p, warning(t.Warn)); err != nil {
		return nil, err
	}
	config := alone(p)
	key := admit(&config.Document)
	at := slices.IndexFunc(config.Document.Groups, func(g abi.ModelGroup) bool { return g.Name == group })
	if at < 0 {
		return nil, fmt.Errorf("group %q is not in the document", group)
	}
	g := &config.Document.Groups[at]
	lines := &decisions{}
	options := t.options
	options.DecisionLog = lines
	h, err := host.New(ctx, options, config)
	if err != nil {
		return nil, fmt.Errorf("the module does not take the document: %w", err)
	}
	defer func() { err = errors.Join(err, h.Close(context.WithoutCancel(ctx))) }()
	for part := range slices.Chunk(bodies, maxAtOnce) {
		decided, err := decideSome(ctx, h, lines, g, key, part)
		if err != nil {
			return nil, fmt.Errorf("of %d recorded requests, after the first %d: %w", len(bodies), len(out), err)
		}
		out = append(out, decided...)
	}
	return out, nil
}

// decideSome asks for some requests, and reads what was decided.
func decideSome(ctx context.Context, h *host.Host, lines *decisions, g *abi.ModelGroup, key string, bodies []json.RawMessage) ([]Decision, error) {
	out := make([]Decision, len(bodies))
	ids, asked := make([]string, len(bodies)), map[string]*abi.ModelGroup{}
	for i, raw := range bodies {
		api, body, err := recordedBody(g, raw)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", i+1, err)
		}
		ids[i] = uuid.NewString()
		asked[ids[i]] = g
		r, err := ask(ctx, ids[i], key, api, body)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		h.ServeHTTP(&unread{header: map[string][]string{}}, r)
		out[i].Took = time.Since(began)
	}
	decided, err := lines.of(ctx, asked)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		line := decided[id]
		if line.Lost != "" {
			return nil, fmt.Errorf("request %d: the module failed while it handled it", i+1)
		}
		out[i].Abstains, out[i].Refused = line.Abstains, line.Refused
		if len(line.Attempts) > 0 {
			out[i].Deployment = line.Attempts[0].Deployment
		} else if line.Refused == "" {
			out[i].Refused = "no_deployment"
		}
	}
	return out, nil
}

// alone is a publication in which one request cannot matter to the next, nor to anybody else: deployments answer at once and without an
// upstream, and nothing is counted, limited, remembered or reported. Of all upstreams the encoder's alone is there.
func alone(p *publish.Publication) host.Config {
	c := host.Config{Document: p.Config}
	c.Document.Limits.MaxConcurrentRequests, c.Document.Budgets, c.Document.ReportMS = 0, nil, 0
	c.Document.Breaker.Enabled = false
	c.Document.Groups = slices.Clone(p.Config.Groups)
	said := "ok"
	for i := range c.Document.Groups {
		g := &c.Document.Groups[i]
		g.Affinity, g.Deployments = nil, slices.Clone(g.Deployments)
		for j := range g.Deployments {
			d := &g.Deployments[j]
			d.Mock, d.Cluster, d.Credential, d.Breaker = &said, abi.MockCluster, "", nil
			d.RPM, d.TPM, d.MaxParallel = 0, 0, 0
		}
	}
	if e := p.Config.Encoder; e != nil {
		for _, cluster := range p.Clusters {
			if cluster.Name == e.Cluster {
				c.Clusters = append(c.Clusters, cluster)
				for _, credential := range p.Credentials {
					if credential.Name == cluster.Credential {
						c.Credentials = append(c.Credentials, credential)
					}
				}
			}
		}
	}
	return c
}

// recordedBody makes a recorded request one for a group: of an API that it speaks, without a stream. Errors quote nothing of it.
func recordedBody(g *abi.ModelGroup, raw json.RawMessage) (abi.API, []byte, error) {
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return "", nil, errors.New("is no JSON object")
	}
	name, _ := body["model"].(string)
	if _, fits := abi.MatchPattern(g.Name, name); !fits {
		name = strings.Replace(g.Name, "*", "probe", 1)
	}
	api := apiOf(g)
	switch text, _ := body["text"].(string); {
	case body["messages"] != nil:
		api = spoken(g, abi.APIChat, abi.APIMessages)
	case body["prompt"] != nil:
		api = abi.APICompletions
	case body["input"] != nil:
		api = spoken(g, abi.APIResponses, abi.APIEmbeddings)
	case api == abi.APICompletions:
		body = map[string]any{"prompt": text}
	case api == abi.APIEmbeddings, api == abi.APIResponses:
		body = map[string]any{"input": text}
	default:
		body = map[string]any{"messages": []map[string]string{{"role": "user", "content": text}}}
	}
	body["model"] = name
	delete(body, "stream")
	delete(body, "stream_options")
	if api == abi.APIMessages && body["max_tokens"] == nil {
		body["max_tokens"] = 1
	}
	out, err := json.Marshal(body)
	return api, out, err
}

// spoken is the first of some APIs that a group speaks; the first of all where it speaks none.
func spoken(g *abi.ModelGroup, apis ...abi.API) abi.API {
	for _, api := range apis {
		for _, d := range g.Deployments {
			if d.Unconfigured == "" && slices.ContainsFunc(d.Paths, func(p abi.APIPath) bool { return p.API == api }) {
				return api
			}
		}
	}
	return apis[0]
}
