package hosts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/abi/update"
)

// Bounds of what hosts send, and of how long they may take to read.
const (
	maxResult  = 16 << 10
	maxReport  = 16 << 20 // of 10,000 deployments
	writeLimit = time.Minute
)

// ServeHTTP implements http.Handler.
func (p *Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if refused := p.refuse(r); refused != nil {
		p.fail(w, r, refused)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// refusal is an answer that says why.
type refusal struct {
	status        int
	code, message string
}

func (p *Publisher) fail(w http.ResponseWriter, r *http.Request, refused *refusal) {
	if refused.code != codeEnding {
		p.log.Warn("what a host or a module asked or said was refused", "from", r.RemoteAddr, "path", r.URL.Path, "status", refused.status, "reason", refused.message)
	}
	if refused.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	type inner struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	text, err := json.Marshal(struct {
		Error inner `json:"error"`
	}{inner{refused.code, refused.message}})
	if err != nil {
		p.log.Error("an answer could not be written", "reason", err) // two strings always encode
	}
	w.Header().Set("Content-Type", "application/json")
	p.answer(w, refused.status, text)
}

func (p *Publisher) answer(w http.ResponseWriter, status int, text []byte) {
	// A server's own limit would count from the request's begin, and a poll is long.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeLimit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		p.log.Debug("a host went away", "reason", err)
		return
	}
	if len(text) > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	w.WriteHeader(status)
	if _, err := w.Write(text); err != nil && len(text) > 0 {
		p.log.Debug("a host went away", "reason", err)
	}
}

// codeEnding is no fault of anybody.
const codeEnding = "ending"

func bad(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, "bad_request", fmt.Sprintf(format, args...)}
}

const nodeExpected = "expected 1 to 128 characters of printable ASCII without spaces: set it with --node-id"

// update answers a poll.
func (p *Publisher) update(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id := query.Get(update.QueryNode)
	if !update.ValidNode(id) {
		p.fail(w, r, bad("%s: %s", update.QueryNode, nodeExpected))
		return
	}
	wait, err := time.ParseDuration(query.Get(update.QueryWait))
	if err != nil || wait < 0 || wait > update.MaxWait {
		p.fail(w, r, bad("%s: expected a duration from 0s to %s", update.QueryWait, update.MaxWait))
		return
	}
	switch o, open := p.await(r, id, query.Get(update.QueryHave), wait); {
	case !open:
		w.Header().Set("Retry-After", "1")
		p.fail(w, r, &refusal{http.StatusServiceUnavailable, codeEnding, "this agent ends: ask again"})
	case o == nil:
		p.answer(w, http.StatusNotModified, nil)
	default:
		w.Header().Set("Content-Type", "application/json")
		p.answer(w, http.StatusOK, o.text)
	}
}

// await returns what there is for a host, nil when nothing comes within the wait. open is false when the publisher ends.
func (p *Publisher) await(r *http.Request, id, have string, wait time.Duration) (o *offer, open bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false
	}
	n := p.join(id, wait)
	n.waiting++
	defer func() {
		n.waiting--
		p.leave(id, n)
	}()
	for {
		o, changed := p.news(id, n, have, time.Now())
		if o != nil || wait == 0 {
			return o, true
		}
		p.mu.Unlock()
		select {
		case <-changed:
		case <-timer.C:
			wait = 0 // what was published in the same moment is still taken
		case <-p.done:
		case <-r.Context().Done():
		}
		p.mu.Lock()
		if p.closed {
			return nil, false
		}
		if r.Context().Err() != nil {
			return nil, true // nobody reads it: it must not count as offered
		}
	}
}

// result takes what became of an update.
func (p *Publisher) result(w http.ResponseWriter, r *http.Request) {
	var result update.Result
	if refused := read(w, r, maxResult, &result); refused != nil {
		p.fail(w, r, refused)
		return
	}
	if !update.ValidNode(result.Node) || result.Revision == "" || !result.Taken && result.Reason == "" {
		p.fail(w, r, bad("expected a node, a revision, and whether it was taken or why not"))
		return
	}
	p.mu.Lock()
	now := time.Now()
	p.heard(&result, now)
	if result.Taken {
		p.options.Nodes.Accepted(result.Node, result.Revision, now)
	} else {
		p.options.Nodes.Refused(result.Node, result.Revision, update.Cut(result.Reason), now)
	}
	p.mu.Unlock()
	if !result.Taken {
		p.log.Warn("a host refused a revision", "node", result.Node, "revision", result.Revision, "reason", update.Cut(result.Reason))
	}
	p.answer(w, http.StatusNoContent, nil)
}

// report takes what a module says of itself.
func (p *Publisher) report(w http.ResponseWriter, r *http.Request) {
	var report abi.Report
	if refused := read(w, r, maxReport, &report); refused != nil {
		p.fail(w, r, refused)
		return
	}
	if !update.ValidNode(report.Node) {
		p.fail(w, r, bad("node: %s", nodeExpected))
		return
	}
	p.options.Nodes.Reported(&report, time.Now())
	p.answer(w, http.StatusNoContent, nil)
}

// read reads a message. What is wrong with it is said without quoting it.
func read(w http.ResponseWriter, r *http.Request, limit int64, into any) *refusal {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, limit))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		_, err = d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		return bad("the message is no single JSON object")
	}
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &refusal{http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the message has more than %d bytes", limit)}
	}
	return bad("the message is none of this version: %v", err)
}
