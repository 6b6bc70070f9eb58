package vm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// PluginConfig is one configuration of a module.
type PluginConfig struct {
	Name          string // for its log lines, and the property plugin_name
	RootID        string
	Configuration []byte
}

// Plugin is a root context: one configuration in one VM. Several live side by side; a new configuration is a new Plugin,
// and streams end on the one they began with.
type Plugin struct {
	vm     *VM
	scope  *scope
	config PluginConfig

	life     context.Context // ends with Close
	end      context.CancelFunc
	tick     chan time.Duration // to its ticker; nil: none runs
	response *HTTPResponse      // of the callback that runs
	status   Status             // of the callback that runs, for proxy_get_status
	waiting  chan struct{}      // closed by proxy_done; nil: nobody waits for it
	closed   bool
}

// ErrDead says that a VM was dead before it was asked: its Trap is none of the asker's making.
var ErrDead = errors.New("the VM is dead")

// StartPlugin makes a root context and configures it. A module that refuses its configuration gives an error with what
// it logged meanwhile; the VM lives on with the plugins it had. In a VM that is dead already it gives ErrDead.
func (v *VM) StartPlugin(config PluginConfig) (*Plugin, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.trap != nil {
		return nil, fmt.Errorf("%w: %w", ErrDead, v.trap)
	}
	p := &Plugin{vm: v, config: config}
	p.life, p.end = context.WithCancel(v.life)
	p.scope = v.register(&scope{plugin: p})
	var complaint []string
	v.complaint = &complaint
	defer func() { v.complaint = nil }()
	if err := p.start(); err != nil {
		p.end()
		if v.trap == nil {
			v.stack[0] = uint64(p.scope.id)
			_, deleted := v.call(v.fn.delete, p.scope)
			err = errors.Join(err, deleted)
			delete(v.scopes, p.scope.id)
		}
		if complaint != nil {
			err = fmt.Errorf("%w: %s", err, strings.Join(complaint, "; "))
		}
		return nil, err
	}
	return p, nil
}

func (p *Plugin) start() error {
	v := p.vm
	v.stack[0], v.stack[1] = uint64(p.scope.id), 0
	if _, err := v.call(v.fn.contextCreate, p.scope); err != nil {
		return err
	}
	if !v.started {
		v.stack[0], v.stack[1], v.stack[2] = uint64(p.scope.id), 0, 1
		if ok, err := p.accepts(v.fn.vmStart != nil, func() (uint64, error) { return v.call(v.fn.vmStart, p.scope) }); err != nil {
			return err
		} else if !ok {
			return errors.New("the module refuses to start")
		}
		v.started = true
	}
	v.stack[0], v.stack[1] = uint64(p.scope.id), uint64(len(p.config.Configuration))
	ok, err := p.accepts(v.fn.configure != nil, func() (uint64, error) { return v.call(v.fn.configure, p.scope) })
	if err == nil && !ok {
		err = fmt.Errorf("the module refuses the configuration of %s", p.config.RootID)
	}
	return err
}

// accepts runs a callback whose result 0 refuses. One that the module does not export accepts.
func (p *Plugin) accepts(exported bool, call func() (uint64, error)) (bool, error) {
	if !exported {
		return true, nil
	}
	result, err := call()
	return uint32(result) != 0, err
}

// doneLimit is how long a plugin that is not done may finish what it has under way.
const doneLimit = 2 * time.Second

// Close ends the plugin: its ticks and HTTP calls stop, and the module forgets it. Its streams must have ended.
func (p *Plugin) Close() error {
	v := p.vm
	v.mu.Lock()
	if p.closed {
		v.mu.Unlock()
		return nil
	}
	p.closed = true
	v.stack[0] = uint64(p.scope.id)
	done, err := p.accepts(v.fn.done != nil, func() (uint64, error) { return v.call(v.fn.done, p.scope) })
	if err == nil && !done {
		p.waiting = make(chan struct{})
		waiting := p.waiting
		v.mu.Unlock()
		select {
		case <-waiting:
		case <-time.After(doneLimit):
		case <-p.life.Done():
		}
		v.mu.Lock()
	}
	p.end()
	v.stack[0] = uint64(p.scope.id)
	_, deleted := v.call(v.fn.delete, p.scope)
	delete(v.scopes, p.scope.id)
	v.mu.Unlock()
	return errors.Join(err, deleted)
}

// setTick starts, changes or (0) stops the plugin's ticker.
func (p *Plugin) setTick(period time.Duration) {
	if p.tick == nil {
		if period == 0 {
			return
		}
		p.tick = make(chan time.Duration, 1)
		p.vm.spawn(func() { p.ticker(p.tick) })
	}
	select {
	case <-p.tick: // a change the ticker has not seen is replaced; senders hold the VM's lock
	default:
	}
	p.tick <- period
}

// ticker calls proxy_on_tick. As in Envoy the next period begins when a tick is done.
func (p *Plugin) ticker(changes <-chan time.Duration) {
	timer := time.NewTimer(0)
	timer.Stop()
	period := time.Duration(0)
	for {
		select {
		case <-p.life.Done():
			timer.Stop()
			return
		case period = <-changes:
			timer.Stop()
			if period > 0 {
				timer.Reset(period)
			}
		case <-timer.C:
			p.run(func(v *VM) error {
				v.stack[0] = uint64(p.scope.id)
				_, err := v.call(v.fn.tick, p.scope)
				return err
			})
			timer.Reset(period)
		}
	}
}

// queueReady tells the module of an item; it returns at once.
func (p *Plugin) queueReady(token uint32) {
	p.vm.spawn(func() {
		p.run(func(v *VM) error {
			v.stack[0], v.stack[1] = uint64(p.scope.id), uint64(token)
			_, err := v.call(v.fn.queueReady, p.scope)
			return err
		})
	})
}

// run calls the module outside any stream, unless the plugin has ended. A trap is for the VM's owner, who is told of it;
// where nobody wants to be told, it is logged.
func (p *Plugin) run(call func(*VM) error) {
	v := p.vm
	v.mu.Lock()
	defer v.mu.Unlock()
	if p.life.Err() != nil || v.trap != nil {
		return
	}
	if err := call(v); err != nil && v.onTrap == nil {
		v.module.options.Log.Error("the module failed outside a request", "plugin", p.config.RootID, "reason", v.trap.Reason)
	}
}
