package admin

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/google/uuid"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/sync/activation"
)

// problem is an answer that says what is wrong.
type problem struct {
	status        int
	code, message string
	activation    *activation.Activation // that was rejected; nil: none was
}

func refuse(status int, code, message string) *problem {
	return &problem{status: status, code: code, message: message}
}

// envelope is the shape of every error: of this server, of the host and of the module alike.
type envelope struct {
	Error      failure                `json:"error"`
	Activation *activation.Activation `json:"activation,omitempty"` // beside the refusal of a trial
}

type failure struct {
	Message   string `json:"message"`
	Type      string `json:"type"`
	Code      string `json:"code"`
	RequestID string `json:"request_id"`
}

// typeOf is the word for a status that OpenAI's clients know.
func typeOf(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status >= http.StatusInternalServerError:
		return "server_error"
	}
	return "invalid_request_error"
}

// answer writes a value as JSON.
func (s *Server) answer(w http.ResponseWriter, status int, v any) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		s.log.Error("an answer cannot be written as JSON", "reason", err)
		status, text = http.StatusInternalServerError, []byte(`{"error":{"message":"the answer could not be written","type":"server_error","code":"internal_error"}}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(append(text, '\n')); err != nil {
		s.log.Debug("who asked went away", "reason", err)
	}
}

// fail writes a problem.
func (s *Server) fail(w http.ResponseWriter, p *problem) {
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	s.answer(w, p.status, envelope{failure{p.message, typeOf(p.status), p.code, w.Header().Get(abi.HeaderRequestID)}, p.activation})
}

// goodID is a request id that is kept: it stands in logs and in the audit.
var goodID = regexp.MustCompile(`^[A-Za-z0-9\-_.]{1,128}$`)

// requestID keeps a request's id where it is fit for logs, else makes one.
func requestID(r *http.Request) string {
	if id := r.Header.Get(abi.HeaderRequestID); goodID.MatchString(id) {
		return id
	}
	return uuid.NewString()
}
