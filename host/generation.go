package host

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/host/vm"
)

// A generation is one configuration in all VMs. Swap makes a new one beside the old; exchanges keep the one they began
// with, and the old one's plugins are closed when the last of them has ended.
//
//	generation 1 (retired, 1 exchange left)   generation 2
//	  member 0 ── plugins ─┐                    member 0 ── plugins ─┐
//	  member 1 ── plugins ─┼─┐                  member 1 ── plugins ─┼─┐
//	                worker 0 │ worker 1                        (the same workers)
type generation struct {
	host     *Host
	settings *settings
	members  []atomic.Pointer[member] // one per worker; replaced when its VM trapped
	refs     atomic.Int64             // exchanges in flight, and one for being the current one
	close    sync.Once
}

// worker is one VM and how many exchanges use it.
type worker struct {
	index    int
	vm       *vm.VM
	load     atomic.Int64
	reported atomic.Bool // its trap was counted and logged
}

// member is one generation's plugins in one worker.
type member struct {
	worker          *worker
	router, adapter *vm.Plugin
}

// Swap puts a new configuration in force for new exchanges. When it is refused, by the host or by the module in any VM,
// the old one stays and the error says why.
func (h *Host) Swap(ctx context.Context, config Config) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.swap(ctx, config)
	if err != nil {
		h.refusals.Add(1)
		return err
	}
	h.swaps.Add(1)
	return nil
}

func (h *Host) swap(ctx context.Context, config Config) error {
	if h.closed.Load() {
		return errClosed
	}
	s, err := config.ready(h.pool)
	if err != nil {
		return err
	}
	for len(h.workers) < h.options.Concurrency {
		w, err := h.newWorker(ctx, len(h.workers))
		if err != nil {
			return err
		}
		h.workers = append(h.workers, w)
	}
	g := &generation{host: h, settings: s, members: make([]atomic.Pointer[member], len(h.workers))}
	g.refs.Store(1)
	taken := false
	for i, w := range h.workers {
		// A VM that fails meanwhile is replaced with the first exchange that asks for it.
		switch m, err := w.start(s); {
		case err == nil:
			taken = true
			g.members[i].Store(m)
		case !errors.Is(err, vm.ErrDead):
			g.closePlugins()
			return err
		}
	}
	// But one must have taken the configuration: a VM that serves nobody yet can fail for no reason but the configuration's.
	if !taken {
		if w, err := h.renew(ctx, 0); err != nil {
			return err
		} else if m, err := w.start(s); err != nil {
			return err
		} else {
			g.members[0].Store(m)
		}
	}
	if old := h.generation.Swap(g); old != nil {
		old.release()
	}
	return nil
}

func (h *Host) newWorker(ctx context.Context, index int) (*worker, error) {
	machine, err := h.module.NewVM(ctx)
	if err != nil {
		return nil, err
	}
	w := &worker{index: index, vm: machine}
	machine.OnTrap(func(trap *vm.Trap) { h.report(w, trap) })
	return w, nil
}

// start makes a configuration's plugins in a VM: both or none.
func (w *worker) start(s *settings) (*member, error) {
	router, err := w.vm.StartPlugin(vm.PluginConfig{Name: "router", RootID: string(abi.RoleRouter), Configuration: s.router})
	if err != nil {
		return nil, err
	}
	adapter, err := w.vm.StartPlugin(vm.PluginConfig{Name: "adapter", RootID: string(abi.RoleAdapter), Configuration: s.adapter})
	if err != nil {
		return nil, errors.Join(err, router.Close())
	}
	return &member{worker: w, router: router, adapter: adapter}, nil
}

// acquire returns the current generation and keeps it from being closed until release.
func (h *Host) acquire() *generation {
	for {
		g := h.generation.Load()
		g.refs.Add(1)
		if h.generation.Load() == g {
			return g
		}
		g.release() // it was retired meanwhile, perhaps to the end
	}
}

func (g *generation) release() {
	if g.refs.Add(-1) == 0 {
		g.close.Do(func() { g.host.spawn(g.closePlugins) })
	}
}

func (g *generation) closePlugins() {
	for i := range g.members {
		if m := g.members[i].Load(); m != nil && m.worker.vm.Trapped() == nil {
			if err := errors.Join(m.router.Close(), m.adapter.Close()); err != nil {
				g.host.report(m.worker, err)
			}
		}
	}
}

// pick returns the member with the fewest exchanges, beginning the search at another one each time.
func (g *generation) pick(ctx context.Context) (*member, error) {
	n := len(g.members)
	first := int(g.host.turn.Add(1)) % n
	var best *member
	for i := range n {
		index := (first + i) % n
		m := g.members[index].Load()
		if m == nil || m.worker.vm.Trapped() != nil {
			g.host.replace(index)
			continue
		}
		if best == nil || m.worker.load.Load() < best.worker.load.Load() {
			best = m
		}
	}
	if best != nil {
		return best, nil
	}
	return g.host.revive(ctx, g, first)
}

// report counts and logs a VM's trap, once, and has the VM replaced.
func (h *Host) report(w *worker, err error) {
	var trap *vm.Trap
	if !errors.As(err, &trap) {
		h.log.Error("a plugin ended with an error", "vm", w.index, "reason", err)
		return
	}
	if w.reported.Swap(true) || h.closed.Load() {
		return
	}
	h.traps.Add(1)
	h.log.Error("a VM failed and is replaced", "vm", w.index, "callback", trap.Function, "late", trap.Late, "reason", trap.Reason)
	h.replace(w.index)
}

// reviveLimit bounds how long a new VM may take to start, reviveEvery how often it is tried.
const (
	reviveLimit = 30 * time.Second
	reviveEvery = time.Second
)

// replace revives a worker in the background, unless that was tried a moment ago.
func (h *Host) replace(index int) {
	now := time.Now().UnixNano()
	last := h.revived[index].Load()
	if now-last < int64(reviveEvery) || !h.revived[index].CompareAndSwap(last, now) {
		return
	}
	h.spawn(func() {
		ctx, cancel := context.WithTimeout(context.Background(), reviveLimit)
		defer cancel()
		if _, err := h.revive(ctx, h.generation.Load(), index); err != nil {
			h.log.Error("a VM could not be replaced; it is tried again", "vm", index, "reason", err)
		}
	})
}

// revive returns a generation's member in a worker that is alive. It replaces a dead VM, and makes the generation's
// plugins where they are missing.
func (h *Host) revive(ctx context.Context, g *generation, index int) (*member, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed.Load() {
		return nil, errClosed
	}
	w := h.workers[index]
	if w.vm.Trapped() != nil {
		var err error
		if w, err = h.renew(ctx, index); err != nil {
			return nil, err
		}
	}
	if m := g.members[index].Load(); m != nil && m.worker == w {
		return m, nil
	}
	m, err := w.start(g.settings)
	if err != nil {
		return nil, err
	}
	g.members[index].Store(m)
	return m, nil
}

// renew puts a new VM in the place of a dead one. h.mu must be held.
func (h *Host) renew(ctx context.Context, index int) (*worker, error) {
	w, err := h.newWorker(ctx, index)
	if err != nil {
		return nil, err
	}
	dead := h.workers[index]
	h.workers[index] = w
	h.spawn(func() {
		if err := dead.vm.Close(context.Background()); err != nil {
			h.log.Error("a dead VM could not be closed", "vm", index, "reason", err)
		}
	})
	return w, nil
}

var errClosed = errors.New("the host is closed")

// spawn runs f in the background, until Close at the latest.
func (h *Host) spawn(f func()) {
	h.spawnMu.Lock()
	defer h.spawnMu.Unlock()
	if !h.closed.Load() {
		h.background.Go(f)
	}
}
