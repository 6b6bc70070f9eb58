// Package shell is the only code that speaks proxy-wasm. It gathers what routing needs from the proxy, applies what
// routing decided, and observes what became of it; it decides nothing itself.
//
// A module's main package calls Register in an init function; what runs is chosen by the role in a plugin's
// configuration (abi.Config).
package shell

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/breaker"
	"github.com/routeiq/routeiq/plugins/encoder"
	"github.com/routeiq/routeiq/plugins/routing"
)

// Register makes the module: strategies are the ones it has.
func Register(strategies routing.Registry) {
	proxywasm.SetVMContext(newMachine(strategies))
}

func newMachine(strategies routing.Registry) *machine {
	return &machine{strategies: strategies, memory: routing.NewMemory(sharedData{}), streams: map[uint64]*stream{}, meter: newMeter()}
}

// machine is one VM: what all plugins in it share.
type machine struct {
	types.DefaultVMContext
	strategies routing.Registry
	memory     *routing.Memory
	streams    map[uint64]*stream // by key: the router leaves a stream here for its adapters
	lastKey    uint64
	beatMS     int64 // when the memory's tick was last
	report     reporter
	encoder    *encoder.Client // of the newest document that names one
	meter      *meter
	line       []byte // scratch for log lines
}

// NewPluginContext implements types.VMContext.
func (m *machine) NewPluginContext(uint32) types.PluginContext { return &plugin{machine: m} }

// plugin is one plugin configuration in a VM. A new document is a new plugin; streams keep the one they began with.
type plugin struct {
	types.DefaultPluginContext
	*machine
	config  *abi.Config
	router  *routing.Router // role router
	board   breaker.Board   // role breaker
	encoder *encoder.Client // nil: there is none

	document  string // hex SHA-256 of the configuration
	startedMS int64
}

// OnPluginStart implements types.PluginContext. Refusing the configuration makes the proxy keep the one it runs.
func (p *plugin) OnPluginStart(int) (status types.OnPluginStartStatus) {
	defer func() {
		if r := recover(); r != nil {
			proxywasm.LogCritical("routeiq: configuration refused: " + describe(r))
			status = types.OnPluginStartStatusFailed
		}
	}()
	text, err := proxywasm.GetPluginConfiguration()
	if err != nil {
		proxywasm.LogCritical("routeiq: no plugin configuration: " + err.Error() + "; expected one JSON document with version and role")
		return types.OnPluginStartStatusFailed
	}
	if err := p.start(text); err != nil {
		proxywasm.LogCritical("routeiq: configuration refused: " + err.Error())
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) start(text []byte) (err error) {
	if p.config, err = abi.Parse(text); err != nil {
		return err
	}
	p.board = breaker.Board{Store: sharedData{}}
	switch p.config.Role {
	case abi.RoleRouter:
		if p.router, err = routing.Compile(p.config, p.strategies, p.memory); err != nil {
			return err
		}
		for i := range p.config.Artifacts { // they are loaded: megabytes that would be kept with the document
			p.config.Artifacts[i].Numbers = ""
		}
		p.report.begin(p, text)
		if p.config.Encoder != nil {
			p.machine.encoder = encoder.NewClient(p.config.Encoder, p.router.Board(), p.machine.encoder)
			p.encoder = p.machine.encoder
		}
		p.startTicks()
	case abi.RoleBreaker:
		p.startTicks()
	}
	return nil
}

// OnPluginDone implements types.PluginContext.
func (p *plugin) OnPluginDone() bool {
	p.report.end(p)
	if p.router != nil {
		p.router.Close()
	}
	return true
}

// NewHttpContext implements types.PluginContext.
func (p *plugin) NewHttpContext(id uint32) types.HttpContext {
	switch p.config.Role {
	case abi.RoleRouter:
		return &router{plugin: p, id: id}
	case abi.RoleAdapter:
		return &adapter{plugin: p}
	default:
		return &guard{plugin: p}
	}
}

// describe turns a recovered panic into text.
func describe(r any) string {
	switch v := r.(type) {
	case error:
		return v.Error()
	case string:
		return v
	}
	return "panic"
}
