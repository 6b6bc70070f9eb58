package conformance

import (
	"fmt"
	"strings"

	"github.com/routeiq/routeiq/abi/conformance/upstream"
)

// parseScript reads what stands behind an upstream's letter.
func (s *Scenario) parseScript(w *words) (upstream.Script, error) {
	var script upstream.Script
	var err error
	switch verb := w.next(); verb {
	case "answers":
		script.Status, err = w.number()
	case "streams":
		if script.Events, err = w.number(); err == nil && !w.skip("events") {
			err = fmt.Errorf("expected \"streams N events\"")
		}
	case "hangs":
		script.End = upstream.Hang
		if w.skip("after", "headers") {
			script.End = upstream.HangAfterHeaders
		}
	case "closes":
		script.End = upstream.Close
	case "garbles":
		script.End = upstream.Garble
	case "resets":
		script.End = upstream.Reset
		if w.skip("after", "headers") {
			script.End = upstream.ResetAfterHeaders
		}
	case "breaks":
		script.End = upstream.Break
		if !w.skip("after") {
			return script, fmt.Errorf("expected \"breaks after N events\"")
		}
		script.Events, err = w.number()
		w.skip("events")
	case "fails":
		if script.ErrorFirst = w.skip("in", "its", "first", "event"); !script.ErrorFirst {
			err = fmt.Errorf("expected \"fails in its first event\"")
		}
		script.Events = 1
	default:
		err = fmt.Errorf("%q is nothing an upstream does; expected answers, streams, hangs, resets, closes, garbles, breaks or fails", verb)
	}
	for err == nil && len(w.left) > 0 {
		err = s.scriptOption(&script, w)
	}
	return script, err
}

func (s *Scenario) scriptOption(script *upstream.Script, w *words) (err error) {
	word := w.next()
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "body":
		script.Body, err = s.file(w.next())
	case "header":
		var h [2]string
		h, err = w.header()
		script.Header = append(script.Header, h)
	case "usage":
		script.Usage = &upstream.Usage{}
		_, err = fmt.Sscanf(value, "%d/%d", &script.Usage.Input, &script.Usage.Output)
	case "without":
		if script.NoUsage = w.skip("usage"); !script.NoUsage {
			err = fmt.Errorf("expected \"without usage\"")
		}
	case "every":
		script.Every, err = w.duration()
	case "size":
		script.Size, err = size(value)
	case "early":
		script.Early = true
	case "after":
		script.After, err = w.number()
		w.skip("calls")
	case "in":
		if script.InStep = w.skip("step"); !script.InStep {
			err = fmt.Errorf("expected \"in step\"")
		}
	case "gzip":
		script.Gzip = true
	default:
		err = fmt.Errorf("%q is no option of an answer", word)
	}
	return err
}
