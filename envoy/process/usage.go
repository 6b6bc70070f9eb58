package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ, 100 a second on every Linux that Go and Envoy run on.
const tick = 10 * time.Millisecond

// CPU returns the processor time, user and system, the process has used since it started, to a tick of 10 ms.
func (p *Process) CPU() (time.Duration, error) {
	d, err := CPUOf(p.PID())
	if err != nil {
		return 0, fmt.Errorf("%s: its CPU time: %w", p.Name, err)
	}
	return d, nil
}

// CPUOf is CPU of a process by its id.
func CPUOf(pid int) (time.Duration, error) {
	path := fmt.Sprintf("/proc/%d/stat", pid)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	d, err := cpuOf(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// cpuOf reads utime and stime, fields 14 and 15 (proc(5)). The second field, the name, may hold blanks and parentheses:
// fields are counted behind its last one.
func cpuOf(stat []byte) (time.Duration, error) {
	const utime, stime = 14 - 3, 15 - 3
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= stime {
		return 0, fmt.Errorf("%d fields behind the name, expected more than %d", len(fields), stime)
	}
	user, err1 := strconv.ParseInt(string(fields[utime]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[stime]), 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// Memory is what a process holds, in bytes.
type Memory struct {
	RSS, Peak int64 // VmRSS and VmHWM
}

// Memory returns what the process holds now.
func (p *Process) Memory() (Memory, error) {
	path := fmt.Sprintf("/proc/%d/status", p.PID())
	text, err := os.ReadFile(path)
	if err != nil {
		return Memory{}, fmt.Errorf("%s: its memory: %w", p.Name, err)
	}
	rss, err1 := kilobytes(text, "VmRSS:")
	peak, err2 := kilobytes(text, "VmHWM:")
	if err := errors.Join(err1, err2); err != nil {
		return Memory{}, fmt.Errorf("%s: %s: %w", p.Name, path, err)
	}
	return Memory{RSS: rss, Peak: peak}, nil
}

// kilobytes reads a line like "VmRSS:   1234 kB", and returns bytes.
func kilobytes(status []byte, name string) (int64, error) {
	for line := range bytes.Lines(status) {
		rest, ok := bytes.CutPrefix(line, []byte(name))
		if !ok {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			return 0, fmt.Errorf("%s %q, expected a number and kB", name, rest)
		}
		n, err := strconv.ParseInt(string(fields[0]), 10, 64)
		return n << 10, err
	}
	return 0, fmt.Errorf("no line %s", name)
}

// Descriptors returns how many files, sockets and pipes the process has open.
func (p *Process) Descriptors() (int, error) {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("%s: its descriptors: %w", p.Name, err)
	}
	return len(open), nil
}
