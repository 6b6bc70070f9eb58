package xds

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/publish"
	"github.com/routeiq/routeiq/sync/publish/envoyconfig"
)

// publication has a group of deployments, each with a cluster and a key of its own.
func publication(revision string, ids ...string) *publish.Publication {
	p := &publish.Publication{Revision: revision, Config: abi.Config{
		Version: abi.ConfigVersion, Role: abi.RoleRouter, Revision: revision, Limits: abi.Limits{MaxBodyBytes: 1000},
		Breaker: abi.DefaultBreaker, Retry: abi.DefaultRetry, Health: abi.Health{MinModels: 1}, OnError: abi.OnErrorDeny,
	}}
	g := abi.ModelGroup{Name: "g", Strategy: abi.StrategyRef{Name: abi.DefaultStrategy}, WhenAllOpen: abi.WhenAllOpenRefuse}
	for _, id := range ids {
		g.Deployments = append(g.Deployments, abi.Deployment{ID: id, Provider: "openai", Model: "m", Cluster: "routeiq_" + id, Credential: id, Authority: id + ".test"})
		p.Clusters = append(p.Clusters, abi.Cluster{Name: "routeiq_" + id, Scheme: "https", Host: id + ".test", Port: 443})
		p.Credentials = append(p.Credentials, abi.Credential{Name: id, Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: "sk-" + id}}}})
	}
	p.Config.Groups = []abi.ModelGroup{g}
	return p
}

// book writes down what it is told.
type book struct {
	mu    sync.Mutex
	lines []string
}

func (b *book) write(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}

func (b *book) Sent(node string, _ publish.Kind, revision string, _ time.Time) {
	b.write("sent %s %s", node, revision)
}
func (b *book) Accepted(node, revision string, _ time.Time) {
	b.write("accepted %s %s", node, revision)
}
func (b *book) Refused(node, revision, reason string, _ time.Time) {
	b.write("refused %s %s: %s", node, revision, reason)
}
func (b *book) Gone(node string, _ time.Time)       { b.write("gone %s", node) }
func (b *book) Reported(r *abi.Report, _ time.Time) { b.write("reported %s", r.Node) }

// take returns what was written since the last time.
func (b *book) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := b.lines
	b.lines = nil
	return strings.Join(lines, ", ")
}

func options(b *book) Options {
	return Options{
		Nodes: b, Listen: envoyconfig.Address{Host: "127.0.0.1", Port: 10000}, Module: envoyconfig.Module{File: "routeiq.wasm"},
		Agent: envoyconfig.Agent{Host: "127.0.0.1", Port: 4002, Token: abi.Secret{Value: "planted-token"}},
	}
}

func newPublisher(t *testing.T, o Options) *Publisher {
	t.Helper()
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// client is an Envoy as far as a stream of changes goes: it acknowledges what it gets, or refuses what refuse names.
type client struct {
	grpc.ServerStream
	ctx    context.Context
	stop   func()
	in     chan *discoveryv3.DeltaDiscoveryRequest
	mu     sync.Mutex
	has    map[string]map[string]string
	log    []string // what came, in order: +NAME, -NAME
	refuse string
	ended  chan error
}

func (c *client) Context() context.Context { return c.ctx }
func (c *client) Recv() (*discoveryv3.DeltaDiscoveryRequest, error) {
	select {
	case r := <-c.in:
		return r, nil
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}
func (c *client) Send(r *discoveryv3.DeltaDiscoveryResponse) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := r.GetTypeUrl()
	ack := &discoveryv3.DeltaDiscoveryRequest{TypeUrl: kind, ResponseNonce: r.GetNonce()}
	for _, x := range r.GetResources() {
		name := plainName(x.GetName())
		if kind == resource.ListenerType {
			name = "listener" // it is called like the routes
		}
		c.log = append(c.log, "+"+name)
		if x.GetName() == c.refuse {
			ack.ErrorDetail = &rpcstatus.Status{Code: 13, Message: "no: " + x.String() + " planted-token sk-a"}
			continue
		}
		c.has[kind][x.GetName()] = x.GetVersion()
	}
	for _, name := range r.GetRemovedResources() {
		c.log = append(c.log, "-"+plainName(name))
		delete(c.has[kind], name)
	}
	go func() {
		select {
		case c.in <- ack:
		case <-c.ctx.Done():
		}
	}()
	return nil
}

// connect opens a stream of a node that comes with what it has, and asks for all kinds, and for the secrets given.
func connect(p *Publisher, node string, has map[string]map[string]string, secrets ...string) *client {
	c := &client{in: make(chan *discoveryv3.DeltaDiscoveryRequest), has: map[string]map[string]string{}, ended: make(chan error, 1)}
	c.ctx, c.stop = context.WithCancel(context.Background())
	go func() { c.ended <- p.service(c.ctx).DeltaAggregatedResources(deltaStream{c}) }()
	ask := map[string][]string{
		resource.ClusterType: {"*"}, resource.ListenerType: {"*"}, resource.RouteType: {envoyconfig.RouteName},
		resource.ExtensionConfigType: {envoyconfig.RouterExtension, envoyconfig.AdapterExtension}, resource.SecretType: append(secrets, envoyconfig.AgentToken),
	}
	for part := range envoyconfig.CredentialParts {
		ask[resource.ExtensionConfigType] = append(ask[resource.ExtensionConfigType], envoyconfig.CredentialExtension(part))
	}
	for _, kind := range []string{resource.ClusterType, resource.ListenerType, resource.RouteType, resource.ExtensionConfigType, resource.SecretType} {
		c.has[kind] = map[string]string{}
		maps.Copy(c.has[kind], has[kind])
	}
	for _, kind := range []string{resource.ClusterType, resource.ListenerType, resource.RouteType, resource.ExtensionConfigType, resource.SecretType} {
		c.in <- &discoveryv3.DeltaDiscoveryRequest{Node: &corev3.Node{Id: node}, TypeUrl: kind, ResourceNamesSubscribe: ask[kind], InitialResourceVersions: has[kind]}
	}
	return c
}

type deltaStream struct{ *client }

func (d deltaStream) SendMsg(any) error { return nil }
func (d deltaStream) RecvMsg(any) error { return nil }

func (c *client) close() {
	c.stop()
	<-c.ended
}

// refuses has it refuse a resource from now on.
func (c *client) refuses(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = name
}

// came returns what came since the last time, and forgets it.
func (c *client) came() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := c.log
	c.log = nil
	return log
}

func put(t *testing.T, p *Publisher, of *publish.Publication) {
	t.Helper()
	if err := p.Publish(context.Background(), of); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// secretsOf returns the names of the secrets that a publication's credentials travel by.
func secretsOf(t *testing.T, all ...*publish.Publication) []string {
	t.Helper()
	var names []string
	for _, p := range all {
		q, err := identified(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range q.Credentials {
			names = append(names, c.Name)
		}
	}
	return names
}

// moduleLast tells whether what came ends with the module in both its roles, which no other thing may come between.
func moduleLast(log []string) bool {
	if len(log) < 2 {
		return false
	}
	last := slices.Sorted(slices.Values(log[len(log)-2:]))
	return slices.Equal(last, []string{"+" + envoyconfig.AdapterExtension, "+" + envoyconfig.RouterExtension}) &&
		!slices.ContainsFunc(log[:len(log)-2], func(s string) bool { return slices.Contains(last, s) })
}

// TestFetch: an Envoy that comes back with a module that may be another has the cluster that makes it fetch ours at once, and the
// module's plugins when it had time for that; the next revision of the same module waits for nothing.
func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := publication("r1", "a")
		serving := func(digit string) *Publisher {
			o := options(&book{})
			o.Module.SHA256 = strings.Repeat(digit, 64)
			p := newPublisher(t, o)
			put(t, p, of)
			return p
		}
		c := connect(serving("1"), "n", nil, secretsOf(t, of)...)
		synctest.Wait()
		if log := c.came(); !moduleLast(log) {
			t.Errorf("a new Envoy waits: %q", log)
		}
		c.close()
		p := serving("2")
		c = connect(p, "n", c.has, secretsOf(t, of)...)
		defer func() { c.close() }()
		synctest.Wait()
		if log := c.came(); !slices.Equal(log, []string{"+" + envoyconfig.ModuleClusterName}) {
			t.Errorf("before it can have the module: %q", log)
		}
		time.Sleep(defaultFetch)
		synctest.Wait()
		if log := c.came(); !moduleLast(log) {
			t.Errorf("when it has had the time: %q", log)
		}
		put(t, p, publication("r2", "a"))
		if log := c.came(); !moduleLast(log) {
			t.Errorf("the same module: %q", log)
		}
	})
}

// TestStages: what is new comes before the document, what is old goes a drain time after it, and what is equal never comes.
func TestStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		p := newPublisher(t, options(b))
		first, second := publication("r1", "a", "b"), publication("r2", "b", "c")
		put(t, p, first)
		c := connect(p, "n", nil, secretsOf(t, first, second)...)
		defer func() { c.close() }()
		synctest.Wait()
		if got := b.take(); got != "sent n r1, accepted n r1" {
			t.Errorf("got %s", got)
		}
		log := c.came()
		if !moduleLast(log) {
			t.Errorf("the module does not come last: %q", log)
		}

		put(t, p, second)
		if got := b.take(); got != "sent n r2, accepted n r2" {
			t.Errorf("got %s", got)
		}
		log = c.came()
		for _, name := range []string{"+routeiq_c", "+c", "+" + envoyconfig.RouteName, "+" + envoyconfig.CredentialExtension(0)} {
			if !slices.Contains(log, name) {
				t.Errorf("%s does not come before the document: %q", name, log)
			}
		}
		for _, name := range log {
			if name[0] == '-' || name == "+routeiq_b" || name == "+b" || name == "+listener" {
				t.Errorf("%s, though it had not changed or is still needed: %q", name, log)
			}
		}
		if !moduleLast(log) {
			t.Errorf("the module does not come last: %q", log)
		}
		time.Sleep(defaultDrain - time.Second)
		synctest.Wait()
		if log := c.came(); len(log) > 0 {
			t.Errorf("%q within the drain time", log)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if log := c.came(); !slices.Contains(log, "-routeiq_a") || !slices.Contains(log, "-a") {
			t.Errorf("what only r1 needed stays: %q", log)
		}

		put(t, p, second)
		if log, told := c.came(), b.take(); len(log) > 0 || told != "sent n r2, accepted n r2" {
			t.Errorf("nothing changed, and %q came; told %s", log, told)
		}
	})
}

// TestRefused: a refusal is told once, without secrets; what is published next is taken, and the old clusters stay until then.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		p := newPublisher(t, options(b))
		first, second := publication("r1", "a"), publication("r2", "b")
		put(t, p, first)
		c := connect(p, "n", nil, secretsOf(t, first, second)...)
		defer func() { c.close() }()
		synctest.Wait()
		b.take()
		c.refuses(envoyconfig.RouterExtension)
		put(t, p, second)
		told := b.take()
		if !strings.HasPrefix(told, "sent n r2, refused n r2: no: ") || strings.Contains(told, "planted-token") || strings.Contains(told, "sk-a") || strings.Count(told, "refused") != 1 {
			t.Errorf("got %s", told)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if log := c.came(); slices.Contains(log, "-routeiq_a") {
			t.Errorf("what the running document needs went: %q", log)
		}
		c.refuses("")
		put(t, p, first)
		if told := b.take(); told != "sent n r1, accepted n r1" {
			t.Errorf("got %s", told)
		}
	})
}

// TestAgain: an Envoy that comes back to an agent that was started again gets nothing when nothing changed. When something
// did, nothing of what it has goes before it has the new document, though the agent does not know what that was.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := publication("r1", "a"), publication("r2", "b")
		p := newPublisher(t, options(&book{}))
		put(t, p, first)
		c := connect(p, "n", nil, secretsOf(t, first)...)
		synctest.Wait()
		c.close()
		has := c.has
		for _, of := range []*publish.Publication{first, second} {
			b := &book{}
			p := newPublisher(t, options(b))
			put(t, p, of)
			c := connect(p, "n", has, secretsOf(t, first, second)...)
			synctest.Wait()
			log := c.came()
			if told := b.take(); told != "sent n "+of.Revision+", accepted n "+of.Revision {
				t.Errorf("%s: told %s", of.Revision, told)
			}
			if of == first && len(log) > 0 {
				t.Errorf("nothing changed, and %q came", log)
			}
			if of == second {
				if !moduleLast(log) || slices.ContainsFunc(log, func(s string) bool { return s[0] == '-' }) {
					t.Errorf("got %q", log)
				}
				time.Sleep(defaultDrain)
				synctest.Wait()
				if log := c.came(); !slices.Contains(log, "-routeiq_a") || !slices.Contains(log, "-a") {
					t.Errorf("what only r1 needed stays: %q", log)
				}
			}
			c.close()
			synctest.Wait()
			if told := b.take(); told != "gone n" {
				t.Errorf("told %s", told)
			}
		}
	})
}

// TestNodeID: an Envoy without an id is told what to do.
func TestNodeID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublisher(t, options(&book{}))
		c := &client{in: make(chan *discoveryv3.DeltaDiscoveryRequest), ended: make(chan error, 1)}
		c.ctx, c.stop = context.WithCancel(context.Background())
		defer c.stop()
		go func() { c.ended <- p.service(c.ctx).DeltaAggregatedResources(deltaStream{c}) }()
		c.in <- &discoveryv3.DeltaDiscoveryRequest{TypeUrl: resource.ClusterType}
		if err := <-c.ended; err == nil || !strings.Contains(err.Error(), "node.id is empty") {
			t.Errorf("got %v", err)
		}
	})
}

// TestKeys: a key that nobody set, or more secret headers than the listener has filters for, are refused by name; variables are
// left to Envoy's environment when that is asked for; no error shows a key.
func TestKeys(t *testing.T) {
	unset := publication("r1", "a")
	unset.Credentials[0].Parts[0].Secret = abi.Secret{Env: "UNSET_KEY"}
	many := publication("r1", "a")
	for range envoyconfig.CredentialParts {
		many.Credentials[0].Parts = append(many.Credentials[0].Parts, many.Credentials[0].Parts[0])
	}
	p := newPublisher(t, options(&book{}))
	for says, of := range map[string]*publish.Publication{"UNSET_KEY": unset, "at most 4": many} {
		if err := p.Publish(t.Context(), of); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "sk-a") {
			t.Errorf("got %v, expected a refusal that says %q", err, says)
		}
	}
	set := publication("r1", "a")
	set.Credentials[0].Parts[0].Secret = abi.Secret{Env: "SET_KEY", Value: "sk-a"}
	for _, fromEnvoy := range []bool{false, true} {
		o := options(&book{})
		o.KeysFromEnvoy = fromEnvoy
		p := newPublisher(t, o)
		if err := p.Publish(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(p.current.narrow[resource.SecretType].messages)
		if strings.Contains(text, "sk-a") == fromEnvoy || strings.Contains(text, "SET_KEY") != fromEnvoy {
			t.Errorf("keys from Envoy %v: got %s", fromEnvoy, text)
		}
		for kind, k := range p.current.wide {
			if kind != resource.SecretType && strings.Contains(fmt.Sprint(k.messages), "sk-a") {
				t.Errorf("%s holds a key", kind)
			}
		}
	}
}

// TestDocument: the document tells modules to report, unless it says itself how often.
func TestDocument(t *testing.T) {
	p := newPublisher(t, options(&book{}))
	of := publication("r1", "a")
	for expected, said := range map[string]int{`"report_ms":10000`: 0, `"report_ms":500`: 500} {
		of.Config.ReportMS = said
		text, err := p.Document(of)
		if err != nil || !strings.Contains(string(text), expected) || strings.Contains(string(text), "planted-token") {
			t.Errorf("got %s, %v, expected %s", text, err, expected)
		}
	}
}

// TestMayServe: keys travel within this machine, or to who has shown a certificate.
func TestMayServe(t *testing.T) {
	half, whole := &tls.Config{}, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}
	for _, c := range []struct {
		at    string
		tls   *tls.Config
		allow bool
		good  bool
	}{
		{"127.0.0.1:18000", nil, false, true}, {"[::1]:18000", nil, false, true},
		{"0.0.0.0:18000", nil, false, false}, {"192.0.2.7:18000", half, false, false}, {"192.0.2.7:18000", whole, false, true}, {"192.0.2.7:18000", nil, true, true},
	} {
		a, err := net.ResolveTCPAddr("tcp", c.at)
		if err != nil {
			t.Fatal(err)
		}
		o := options(&book{})
		o.AllowPlaintextSecrets = c.allow
		if err := newPublisher(t, o).mayServe(a, c.tls); (err == nil) != c.good {
			t.Errorf("%s, TLS %v, allowed %v: got %v", c.at, c.tls != nil, c.allow, err)
		}
	}
}

func TestOptions(t *testing.T) {
	for says, change := range map[string]func(*Options){
		"nodes":       func(o *Options) { o.Nodes = nil },
		"listen":      func(o *Options) { o.Listen.Host = "localhost" },
		"agent":       func(o *Options) { o.Agent.Port = 0 },
		"token would": func(o *Options) { o.Agent.Host = "agent.test" },
		"no negative": func(o *Options) { o.Drain = -1 },
	} {
		o := options(&book{})
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "planted") {
			t.Errorf("got %v, expected a refusal that says %q", err, says)
		}
	}
}
