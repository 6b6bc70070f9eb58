package cors

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
)

func TestHandler(t *testing.T) {
	const a, b = "https://a.example", "https://b.example:8443"
	named := abi.CORS{Origins: []string{a, b}}
	for _, c := range []struct {
		name        string
		policy      abi.CORS
		method      string
		origin      string
		preflight   bool
		status      int
		allowed     string
		credentials bool
	}{
		{"nothing is configured", abi.CORS{}, "GET", a, false, 200, "", false},
		{"a preflight, nothing is configured", abi.CORS{}, "OPTIONS", a, true, 200, "", false},
		{"no page", named, "GET", "", false, 200, "", false},
		{"named", named, "GET", a, false, 200, a, false},
		{"the other one", named, "POST", b, false, 200, b, false},
		{"not named", named, "GET", "https://c.example", false, 200, "", false},
		{"another port", named, "GET", "https://b.example", false, 200, "", false},
		{"begins like one that is", named, "GET", a + ".evil.example", false, 200, "", false},
		{"a sandbox", named, "GET", "null", false, 200, "", false},
		{"in capitals", named, "GET", "HTTPS://A.example", false, 200, "HTTPS://A.example", false},
		{"any", abi.CORS{Origins: []string{"*"}}, "GET", "https://c.example", false, 200, "*", false},
		{"any, and credentials, which is refused before, shares none", abi.CORS{Origins: []string{"*"}, Credentials: true}, "GET", a, false, 200, "*", false},
		{"with credentials", abi.CORS{Origins: []string{a}, Credentials: true}, "GET", a, false, 200, a, true},
		{"a preflight", named, "OPTIONS", a, true, 204, a, false},
		{"a preflight of one that is not named", named, "OPTIONS", "https://c.example", true, 204, "", false},
		{"OPTIONS that is no preflight", named, "OPTIONS", a, false, 200, a, false},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if c.preflight {
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization, x-admin-api-key")
		}
		w := httptest.NewRecorder()
		Handler(func() abi.CORS { return c.policy }, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		h := w.Header()
		if w.Code != c.status || h.Get("Access-Control-Allow-Origin") != c.allowed || (h.Get("Access-Control-Allow-Credentials") == "true") != c.credentials {
			t.Errorf("%s: %d %v", c.name, w.Code, h)
		}
		if answered := c.status == 204 && c.allowed != ""; (h.Get("Access-Control-Allow-Headers") == "authorization, x-admin-api-key") != answered ||
			(h.Get("Access-Control-Allow-Methods") != "") != answered {
			t.Errorf("%s: %v", c.name, h)
		}
		if varies := strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin"); varies != (len(c.policy.Origins) > 0) {
			t.Errorf("%s: vary %v", c.name, h.Values("Vary"))
		}
	}
}
