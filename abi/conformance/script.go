package conformance

import (
	"fmt"
	"slices"
	"strconv"
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
		switch {
		case w.skip("after", "headers"):
			script.End = upstream.ResetAfterHeaders
		case w.skip("after"):
			script.End = upstream.ResetInBody
			err = w.events(&script.Events)
		default:
			script.End = upstream.Reset
		}
	case "breaks", "stalls", "stops":
		script.End = map[string]upstream.End{"breaks": upstream.Break, "stalls": upstream.Stall, "stops": upstream.Stop}[verb]
		if !w.skip("after") {
			return script, fmt.Errorf("expected \"%s after N events\"", verb)
		}
		err = w.events(&script.Events)
	case "waits":
		if script.Wait, err = w.duration(); err == nil {
			script.WaitAfterHeaders = w.skip("after", "headers")
		}
	case "fails":
		script.Events = 1
		switch {
		case w.skip("in", "its", "first", "event"):
			script.ErrorFirst = true
		case w.skip("after", "its", "opening"):
			script.ErrorOpened = true
		case w.skip("after"):
			script.ErrorLater = true
			err = w.events(&script.Events)
		default:
			err = fmt.Errorf("expected \"fails in its first event\", \"fails after its opening\" or \"fails after N events\"")
		}
	default:
		err = fmt.Errorf("%q is nothing an upstream does; expected answers, streams, waits, hangs, stalls, resets, closes, garbles, breaks, stops or fails", verb)
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
	case "error":
		if script.Error = value; !slices.Contains(upstream.Errors, value) {
			err = fmt.Errorf("the error is %q, expected one of %s", value, strings.Join(upstream.Errors, ", "))
		}
	case "length":
		// Atoi takes the sign.
		if script.LengthOff, err = strconv.Atoi(value); err != nil || script.LengthOff == 0 {
			err = fmt.Errorf("the length is %q, expected by how much it is wrong, such as +20 or -20", value)
		}
	default:
		err = fmt.Errorf("%q is no option of an answer", word)
	}
	return err
}
