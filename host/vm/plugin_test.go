package vm

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRefusedConfigurationLeavesTheVMAsItWas(t *testing.T) {
	_, v, p, _ := start(t, "", nil)
	_, err := v.StartPlugin(PluginConfig{RootID: "router", Configuration: []byte("refuse")})
	if err == nil || !strings.Contains(err.Error(), "refuses the configuration of router: groups[3].name: it is empty") {
		t.Errorf("the refusal says %v", err)
	}
	s, _, verdict, err := open(t, p, "headers")
	if err != nil || verdict != Continue {
		t.Fatalf("the plugin that was there: %v %v", verdict, err)
	}
	must(t, s.Delete())
}

func TestPanicInConfiguration(t *testing.T) {
	_, v, _, _ := start(t, "", nil)
	_, err := v.StartPlugin(PluginConfig{Configuration: []byte("panic")})
	var trap *Trap
	if !errors.As(err, &trap) || trap.Function != "proxy_on_configure" || !strings.Contains(err.Error(), "no such day") {
		t.Errorf("error %v", err)
	}
}

// signal is a Metrics whose counters tell of each change.
type signal struct{ changed chan string }

func (s *signal) Define(_ MetricKind, name string) Metric { return signalMetric{s, name} }

type signalMetric struct {
	*signal
	name string
}

func (m signalMetric) Add(int64)     { m.changed <- m.name }
func (m signalMetric) Record(uint64) {}
func (m signalMetric) Value() uint64 { return 0 }

func TestTicksUntilClosed(t *testing.T) {
	metrics := &signal{make(chan string)}
	_, _, p, _ := start(t, "tick one", func(o *Options) { o.Metrics = metrics })
	for range 3 {
		if name := <-metrics.changed; name != "ticks;plugin=one" {
			t.Errorf("metric %q", name)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- p.Close() }()
	for {
		select {
		case <-metrics.changed: // a tick that ran when Close was called
			continue
		case err := <-closed:
			must(t, err)
			must(t, p.Close()) // a second time does nothing
			return
		}
	}
}

func TestQueueTellsThePluginThatRegistered(t *testing.T) {
	shared := NewShared()
	_, _, p, _ := start(t, "queue", func(o *Options) { o.Shared = shared })
	s, _, _, err := open(t, p, "enqueue")
	must(t, err)
	must(t, s.Delete())
	deadline := time.After(10 * time.Second)
	for {
		if value, _, ok := shared.Get("test", "received"); ok {
			if string(value) != "hello" {
				t.Errorf("received %q", value)
			}
			break
		}
		select {
		case <-deadline:
			t.Fatal("the plugin was not told")
		default:
		}
	}
	if _, st := shared.dequeue(99); st != StatusNotFound {
		t.Errorf("a queue that does not exist: %v", st)
	}
	if st := shared.enqueue(99, nil); st != StatusNotFound {
		t.Errorf("a queue that does not exist: %v", st)
	}
}

func TestCloseTellsTheModule(t *testing.T) {
	shared := NewShared()
	_, _, p, _ := start(t, "x", func(o *Options) { o.Shared = shared })
	must(t, p.Close())
	if _, _, ok := shared.Get("test", "done/x"); !ok {
		t.Error("proxy_on_done did not run")
	}
}
