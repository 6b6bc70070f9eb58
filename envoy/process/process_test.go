package process

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test's own binary the program under test: its environment says what it does.
func TestMain(m *testing.M) {
	switch os.Getenv("PROCESS_TEST") {
	case "":
		os.Exit(m.Run())
	case "serve": // until its standard input closes
		l, err := net.Listen("tcp", os.Getenv("PROCESS_TEST_ADDRESS"))
		if err != nil {
			panic(err)
		}
		spin(100 * time.Millisecond)
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	case "wait": // for a signal
		select {}
	case "say":
		_, _ = os.Stdout.WriteString("hello\n")
	case "fail":
		_, _ = os.Stderr.WriteString("no good configuration\n")
		os.Exit(3)
	}
}

// spin uses that much processor time, at least.
func spin(d time.Duration) {
	for until := time.Now().Add(d); time.Now().Before(until); {
	}
}

func start(t *testing.T, env ...string) *Process {
	t.Helper()
	p, err := Start(Command{Name: "it", Path: os.Args[0], Env: env, Stdin: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestServes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	p := start(t, "PROCESS_TEST=serve", "PROCESS_TEST_ADDRESS="+address)
	took, err := p.Await(time.Minute, func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if err != nil || took <= 0 {
		t.Errorf("%s, %v", took, err)
	}
	if _, err := p.Await(time.Minute, func() error {
		cpu, err := p.CPU()
		if err == nil && cpu == 0 {
			err = errors.New("it has used no processor time yet")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if m, err := p.Memory(); err != nil || m.RSS < 1<<20 || m.Peak < m.RSS {
		t.Errorf("%+v, %v", m, err)
	}
	if n, err := p.Descriptors(); err != nil || n < 4 {
		t.Errorf("%d descriptors, %v; expected the three standard ones and a socket at least", n, err)
	}
	for range 2 {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.CPU(); err == nil {
		t.Error("a stopped process has processor time")
	}
}

// TestIsAskedBySignal: a program that does not know our way to end gets the usual signal.
func TestIsAskedBySignal(t *testing.T) {
	p, err := Start(Command{Name: "it", Path: os.Args[0], Env: []string{"PROCESS_TEST=wait"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// TestStdout: what a program writes is kept by who asks for it.
func TestStdout(t *testing.T) {
	var out bytes.Buffer
	p, err := Start(Command{Name: "it", Path: os.Args[0], Env: []string{"PROCESS_TEST=say"}, Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	<-p.exited
	if err := p.Stop(); err != nil || out.String() != "hello\n" {
		t.Errorf("%q, %v", &out, err)
	}
}

func TestSaysWhyItDoesNotServe(t *testing.T) {
	p := start(t, "PROCESS_TEST=fail")
	_, err := p.Await(time.Minute, func() error { return errors.New("not yet") })
	if err == nil || !strings.Contains(err.Error(), "no good configuration") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("%v", err)
	}
	if err := p.Stop(); err == nil || !strings.Contains(err.Error(), "no good configuration") {
		t.Errorf("a process that died is stopped without an error: %v", err)
	}
}

func TestAwaitIsBounded(t *testing.T) {
	p := start(t, "PROCESS_TEST=serve", "PROCESS_TEST_ADDRESS=127.0.0.1:0")
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := p.Await(time.Millisecond, func() error { return errors.New("never") }); err == nil || !strings.Contains(err.Error(), "never") {
		t.Errorf("%v", err)
	}
}

func TestStartFails(t *testing.T) {
	if _, err := Start(Command{Name: "it", Path: "/does/not/exist"}); err == nil {
		t.Error("no error")
	}
}

func TestTail(t *testing.T) {
	var keeps tail
	for range 10 {
		if _, err := keeps.Write(make([]byte, tailSize/4)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keeps.Write([]byte("the end\n")); err != nil {
		t.Fatal(err)
	}
	if len(keeps.text) != tailSize || !strings.HasSuffix(keeps.String(), "the end") {
		t.Errorf("%d bytes, ends in %q", len(keeps.text), keeps.String()[max(0, len(keeps.String())-20):])
	}
}
