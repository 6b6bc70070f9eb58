package vm

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
)

func (v *VM) proxyLog(s []uint64) Status {
	if s[0] > uint64(LevelCritical) {
		return StatusBadArgument
	}
	message, ok := v.bytes(s[1], s[2])
	if !ok {
		return StatusInvalidMemory
	}
	v.logLine(Level(s[0]), message)
	return StatusOK
}

// proxyGetLogLevel tells the least severe level that is written, so that modules can save themselves the work.
func (v *VM) proxyGetLogLevel(s []uint64) Status {
	lowest := LevelCritical
	for l := LevelTrace; l < LevelCritical; l++ {
		if v.module.options.Log.Enabled(context.Background(), l.slog()) {
			lowest = l
			break
		}
	}
	if !v.memory.WriteUint32Le(uint32(s[0]), uint32(lowest)) {
		return StatusInvalidMemory
	}
	return StatusOK
}

func (v *VM) logLine(level Level, message []byte) {
	if v.complaint != nil && level >= LevelWarn {
		*v.complaint = append(*v.complaint, string(message))
	}
	log := v.module.options.Log
	if !log.Enabled(context.Background(), level.slog()) {
		return
	}
	plugin := ""
	if v.scope != nil {
		plugin = v.scope.plugin.config.RootID
	}
	log.Log(context.Background(), level.slog(), string(message), "source", "module", "plugin", plugin)
}

// slog maps the levels of the ABI: trace is below debug, critical above error.
func (l Level) slog() slog.Level {
	switch l {
	case LevelTrace:
		return slog.LevelDebug - 4
	case LevelDebug:
		return slog.LevelDebug
	case LevelInfo:
		return slog.LevelInfo
	case LevelWarn:
		return slog.LevelWarn
	case LevelError:
		return slog.LevelError
	}
	return slog.LevelError + 4
}

// lineWriter turns what a module prints into log lines. A module that panics prints its stack here.
type lineWriter struct {
	vm    *VM
	level Level
	line  []byte
}

// maxLine bounds a line without an end.
const maxLine = 8 << 10

// Write never fails: a module must not stop because its log is full.
func (w *lineWriter) Write(b []byte) (int, error) {
	w.line = append(w.line, b...)
	for {
		line, rest, found := bytes.Cut(w.line, []byte{'\n'})
		if !found {
			if len(w.line) > maxLine {
				w.vm.logLine(w.level, w.line)
				w.line = w.line[:0]
			}
			return len(b), nil
		}
		if text := strings.TrimSpace(string(line)); text != "" {
			w.vm.logLine(w.level, []byte(text))
		}
		w.line = append(w.line[:0], rest...)
	}
}
