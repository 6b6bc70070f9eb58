package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	kit "github.com/routeiq/routeiq/abi/conformance"
)

// seen is what became of one request, for its client and in the log.
type seen struct {
	Client   string // "200 whole", "200 half", "200 cut", "200 error event server_error", "503 upstream_unreachable"
	From     string // the deployment whose answer it is: faulty, good, or nobody
	Attempts string // the classes of its attempts, as "connect, ok"
	Faulty   int    // attempts at the faulty deployment
	LeftOut  string // why the faulty deployment was left out; empty: it was not
	took     time.Duration
}

// String is how an expectation is written.
func (s seen) String() string {
	text := s.Client + " from " + s.From
	if s.Attempts != "" {
		text += ": " + s.Attempts
	}
	return text
}

// look reads what a client got, and the log line of its request.
func look(a *kit.Answer, text []byte, group string) (seen, error) {
	var s seen
	line, err := kit.ParseLine(text)
	if err != nil {
		return s, err
	}
	s.Client = client(a)
	if s.From = short(a.Header.Get("x-routeiq-deployment"), group); s.From == "" {
		s.From = "nobody"
	}
	var classes []string
	for _, made := range line.Attempts {
		if made.Class == "" {
			continue
		}
		classes = append(classes, made.Class)
		if short(made.Deployment, group) == "faulty" {
			s.Faulty++
		}
	}
	s.Attempts = strings.Join(classes, ", ")
	for _, out := range line.LeftOut {
		if short(out.Deployment, group) == "faulty" {
			s.LeftOut = out.Reason
		}
	}
	return s, nil
}

// short takes the group off a deployment's id.
func short(id, group string) string { return strings.TrimPrefix(id, group+"-") }

// client says in a few words what the client got: see words.
func client(a *kit.Answer) string {
	status := fmt.Sprint(a.Status)
	if a.Cut {
		return status + " cut"
	}
	if !strings.HasPrefix(a.Header.Get("content-type"), "text/event-stream") {
		return status + " " + whole(a.Body)
	}
	events := bytes.Split(bytes.TrimSuffix(a.Body, []byte("\n\n")), []byte("\n\n"))
	finished, done := false, false
	for _, event := range events {
		data, ok := bytes.CutPrefix(event, []byte("data: "))
		switch {
		case !ok:
			return status + " no events"
		case string(data) == "[DONE]":
			done = true
		case bytes.Contains(data, []byte(`"finish_reason":"stop"`)):
			finished = true
		default:
			if code := errorCode(data); code != "" {
				return status + " error event " + code
			}
			if !json.Valid(data) {
				return status + " a broken event"
			}
		}
	}
	switch {
	case finished && done:
		return status + " whole"
	case done:
		return status + " without a finish"
	}
	return status + " unfinished"
}

// whole says what a JSON answer is.
func whole(body []byte) string {
	switch code := errorCode(body); {
	case !json.Valid(body) && bytes.HasPrefix(body, []byte("{")):
		return "half"
	case !json.Valid(body):
		return "no JSON"
	case code != "":
		return code
	}
	return "whole"
}

// errorCode is the code of an error object, or its type where it has none; empty: it is no error.
func errorCode(text []byte) string {
	var object struct {
		Error *struct {
			Type string          `json:"type"`
			Code json.RawMessage `json:"code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &object); err != nil || object.Error == nil {
		return ""
	}
	if code := strings.Trim(string(object.Error.Code), `"`); code != "" && code != "null" {
		return code
	}
	return object.Error.Type
}

// TestClient: what a client got is told apart, and said in the document's words.
func TestClient(t *testing.T) {
	const (
		role = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"finish_reason\":null}]}\n\n"
		stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
		done = "data: [DONE]\n\n"
		fail = "data: {\"error\":{\"type\":\"server_error\",\"code\":null}}\n\n"
	)
	for _, c := range []struct {
		name   string
		status int
		stream bool
		body   string
		cut    bool
		want   string
		words  string
	}{
		{"an answer", 200, false, `{"choices":[]}`, false, "200 whole", "its answer"},
		{"a stream", 200, true, role + stop + done, false, "200 whole", "its answer"},
		{"without an end", 200, true, role + stop, false, "200 unfinished", "`200` `unfinished`"},
		{"without a finish", 200, true, role + done, false, "200 without a finish", "`200` `without a finish`"},
		{"an error at the end", 200, true, role + fail, false, "200 error event server_error", "`200`, at the end an `error` event: `server_error`"},
		{"half an event", 200, true, role + `data: {"cho`, false, "200 a broken event", "`200` `a broken event`"},
		{"a page as a stream", 200, true, "<html>", false, "200 no events", "`200` `no events`"},
		{"cut", 200, true, role, true, "200 cut", "`200`, and the connection is closed in the middle"},
		{"an error", 503, false, `{"error":{"type":"api_error","code":"no_deployment_available"}}`, false, "503 no_deployment_available", "`503` `no_deployment_available`"},
		{"an error without a code", 500, false, `{"error":{"type":"server_error","code":null}}`, false, "500 server_error", "`500` `server_error`"},
		{"half an answer", 200, false, `{"choices":[`, false, "200 half", "`200` with half the JSON"},
		{"a page", 200, false, "<html>", false, "200 no JSON", "`200` with what is no JSON"},
	} {
		a := &kit.Answer{Status: c.status, Header: http.Header{}, Body: []byte(c.body), Cut: c.cut}
		if c.stream {
			a.Header.Set("content-type", "text/event-stream")
		}
		got := client(a)
		said, classes := words(seen{Client: got, From: "faulty", Attempts: "reset, ok"}.String())
		if got != c.want || said != c.words || classes != "reset → ok" {
			t.Errorf("%s: %q, %q, %q", c.name, got, said, classes)
		}
	}
	if said, _ := words("200 whole from good: connect, ok"); said != "the other's answer" {
		t.Errorf("another's answer: %q", said)
	}
}
