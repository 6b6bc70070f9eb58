// Package cors answers pages of other origins (Fetch standard, "CORS protocol"): an origin that is named, or any where "*" is, gets
// the headers that let its page read answers, and its preflights are answered here. An origin that is not named gets none, so
// that its browser refuses.
package cors

import (
	"net/http"
	"slices"
	"strings"

	"github.com/routeiq/routeiq/abi"
)

// What a preflight is told: methods that are served, and for how long it holds, in seconds.
const (
	Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
	MaxAge  = "600"
)

// Exposed are the headers of an answer that a page may read, beside those it always may.
const Exposed = "x-request-id, retry-after, " + abi.HeaderModel + ", " + abi.HeaderDeployment + ", " + abi.HeaderStrategy + ", " +
	abi.HeaderAttempts + ", " + abi.HeaderRevision

// Handler lets pages call next, as policy says at the moment of each request.
func Handler(policy func() abi.CORS, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := policy()
		if len(p.Origins) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Origin") // also where there is none: a cache must not give one origin's answer to another
		allowed := allow(&p, r.Header.Get("Origin"))
		if allowed != "" {
			h.Set("Access-Control-Allow-Origin", allowed)
			if p.Credentials && allowed != "*" {
				h.Set("Access-Control-Allow-Credentials", "true")
			}
			h.Set("Access-Control-Expose-Headers", Exposed)
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Add("Vary", "Access-Control-Request-Method")
		h.Add("Vary", "Access-Control-Request-Headers")
		if allowed != "" {
			h.Set("Access-Control-Allow-Methods", Methods)
			// "*" would leave out Authorization, and with credentials mean a header of that name: so what is asked for is named.
			if asked := strings.Join(r.Header.Values("Access-Control-Request-Headers"), ", "); asked != "" {
				h.Set("Access-Control-Allow-Headers", asked)
			}
			h.Set("Access-Control-Max-Age", MaxAge)
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// allow is what Access-Control-Allow-Origin says to an origin; empty: nothing.
func allow(p *abi.CORS, origin string) string {
	switch {
	case origin == "":
		return ""
	case slices.Contains(p.Origins, "*"):
		return "*"
	case slices.ContainsFunc(p.Origins, func(o string) bool { return strings.EqualFold(o, origin) }):
		return origin
	}
	return ""
}
