package admin

import (
	"net/http"
	"strconv"
)

// module is public: the code holds no secret, and Envoy runs it only if its hash is the one that came by xDS.
func (s *Server) module(w http.ResponseWriter, r *request) {
	if s.sum == "" || r.PathValue("sha256") != s.sum {
		what := "no module is served: run the agent with --serve-module"
		if s.sum != "" {
			what = "the module that is served has the hash " + s.sum
		}
		s.fail(w, refuse(http.StatusNotFound, "not_found", what))
		return
	}
	w.Header().Set("Content-Type", "application/wasm")
	w.Header().Set("Content-Length", strconv.Itoa(len(s.o.Module)))
	w.Header().Set("Cache-Control", "immutable, max-age=31536000")
	if _, err := w.Write(s.o.Module); err != nil {
		s.log.Debug("an Envoy went away while it fetched the module", "from", r.RemoteAddr, "reason", err)
	}
}
