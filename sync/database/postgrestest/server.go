package postgrestest

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/routeiq/routeiq/abi/conformance/freeport"
)

const (
	user        = "routeiq"
	startWithin = 30 * time.Second
	stopWithin  = 20 * time.Second
)

// Server is a running, or stopped, PostgreSQL.
type Server struct {
	programs   string // folder of initdb and postgres
	home       string // folder of all that is its own
	password   string
	port       int
	credential *syscall.Credential // nil: this process's own user

	running *exec.Cmd
	exited  chan struct{} // closed when running ended
}

// start makes a server's files and runs it.
func start() (*Server, error) {
	s := &Server{password: "secret-" + rand.Text()}
	var err error
	// Not t.TempDir: the server outlives the first test, and nobody must be able to enter.
	if s.home, err = os.MkdirTemp("", "postgrestest"); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *Server) begin() error {
	if os.Geteuid() == 0 {
		var err error
		if s.credential, err = nobody(); err != nil {
			return err
		}
		if err := os.Chown(s.home, int(s.credential.Uid), int(s.credential.Gid)); err != nil {
			return err
		}
	}
	var err error
	if s.programs, err = programs(s.home, s.credential); err != nil {
		return err
	}
	word := filepath.Join(s.home, "password")
	if err := os.WriteFile(word, []byte(s.password), 0o644); err != nil { // in a folder only its owner can enter
		return err
	}
	initdb := exec.Command(filepath.Join(s.programs, "initdb"), "--pgdata", s.data(), "--username", user, "--pwfile", word,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	initdb.Dir = s.home
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", initdb.Path, err, out)
	}
	// A port that is free now may be taken a moment later.
	const ports = 5
	for range ports {
		if s.port, err = freeport.Get(); err != nil {
			return err
		}
		if err = s.Start(); err == nil {
			return nil
		}
	}
	return err
}

func (s *Server) data() string    { return filepath.Join(s.home, "data") }
func (s *Server) logfile() string { return filepath.Join(s.home, "log") }
func (s *Server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// log is what the server wrote, for messages.
func (s *Server) log() []byte {
	text, err := os.ReadFile(s.logfile())
	if err != nil {
		return []byte(err.Error())
	}
	const last = 4000
	return text[max(0, len(text)-last):]
}

// Start runs a server that was stopped or killed, on its old port and with its old data, and waits until it answers.
func (s *Server) Start() error {
	log, err := os.OpenFile(s.logfile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the child has its own
	cmd := exec.Command(filepath.Join(s.programs, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
		"-c", "max_connections=60", "-c", "shared_buffers=16MB")
	cmd.Dir = s.home
	cmd.Stdout, cmd.Stderr = log, log
	// A test binary that is killed takes its server along: SIGQUIT is PostgreSQL's immediate shutdown.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential, Pdeathsig: syscall.SIGQUIT}
	exited := make(chan struct{})
	started := make(chan error)
	go func() {
		// The death that counts is that of the thread that forked, so it is kept as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.running, s.exited = cmd, exited
	return s.await()
}

// await waits until the server answers.
func (s *Server) await() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	late := time.NewTimer(startWithin)
	defer late.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.Ping(); err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("postgres ended before it served:\n%s", s.log())
		case <-late.C:
			return errors.Join(fmt.Errorf("postgres does not serve after %s: %w\n%s", startWithin, err, s.log()), s.Kill())
		case <-tick.C:
		}
	}
}

// Stop shuts the server down as an administrator does: connections are ended, data are kept.
func (s *Server) Stop() error { return s.end(syscall.SIGINT) }

// Kill ends the server at once, as a machine that fails.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(how syscall.Signal) error {
	if s.running == nil {
		return nil
	}
	if err := s.running.Process.Signal(how); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.exited:
	case <-time.After(stopWithin):
		err := s.running.Process.Kill()
		<-s.exited
		return errors.Join(fmt.Errorf("postgres did not end within %s of signal %v\n%s", stopWithin, how, s.log()), err)
	}
	s.running = nil
	return nil
}

// remove ends the server and deletes what is its own.
func (s *Server) remove() error {
	return errors.Join(s.Kill(), os.RemoveAll(s.home))
}

// version is what a program says of itself, by the user who will run it.
func version(program string, as *syscall.Credential) ([]byte, error) {
	cmd := exec.Command(program, "--version")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	out, err := cmd.CombinedOutput()
	return bytes.TrimSpace(out), err
}
