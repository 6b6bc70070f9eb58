// Package process runs the programs that are measured and reads from /proc what they cost. Linux only.
package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	Name string // for messages
	Path string
	Args []string
	Env  []string // NAME=value, added to this process's environment
	// Stdin stays open as long as this process lives: a helper that ends when it closes is never left behind.
	// That is also how it is asked to end; others get a SIGTERM.
	Stdin bool
	// Stdout gets the standard output; nil: it goes to /dev/null. Writing a log is part of a program's work, keeping it is not.
	Stdout io.Writer
}

// Process is a running program.
type Process struct {
	Name  string
	Began time.Time

	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *tail
	exited chan struct{}
	err    error // of Wait, once exited is closed
	asked  bool  // to stop
}

// stopWithin is how long a process may take to end by itself.
const stopWithin = 10 * time.Second

// Start runs a command.
func Start(c Command) (*Process, error) {
	p := &Process{Name: c.Name, cmd: exec.Command(c.Path, c.Args...), stderr: &tail{}, exited: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), c.Env...)
	p.cmd.Stdout, p.cmd.Stderr = c.Stdout, p.stderr
	if c.Stdin {
		in, err := p.cmd.StdinPipe()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		p.stdin = in
	}
	p.Began = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// PID returns the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Await calls ready every few milliseconds until it returns no error, and returns how long that took from the start of the
// process. It fails when the process exits or the time is over.
func (p *Process) Await(within time.Duration, ready func() error) (time.Duration, error) {
	const every = 2 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := ready()
		took := time.Since(p.Began)
		if err == nil {
			return took, nil
		}
		if took > within {
			return 0, fmt.Errorf("%s does not serve after %s: %w\n%s", p.Name, within, err, p.stderr)
		}
		select {
		case <-p.exited:
			return 0, fmt.Errorf("%s exited before it served: %v\n%s", p.Name, p.err, p.stderr)
		case <-tick.C:
		}
	}
}

// Stop ends the process and waits for it. It may be called more than once. A process that died by itself is an error.
func (p *Process) Stop() error {
	select {
	case <-p.exited:
		if p.asked || p.cmd.ProcessState.Success() {
			return nil
		}
		return fmt.Errorf("%s died: %v\n%s", p.Name, p.err, p.stderr)
	default:
	}
	p.asked = true
	if err := p.ask(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	select {
	case <-p.exited:
	case <-time.After(stopWithin):
		if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		<-p.exited
		return fmt.Errorf("%s (pid %d) did not stop in %s and was killed\n%s", p.Name, p.PID(), stopWithin, p.stderr)
	}
	return nil
}

// ask tells the process to end.
func (p *Process) ask() error {
	if p.stdin != nil {
		return p.stdin.Close()
	}
	return p.cmd.Process.Signal(syscall.SIGTERM)
}

// tail keeps the end of what was written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 8 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(b), nil
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
