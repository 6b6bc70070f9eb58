package envoy

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/envoy/envoytest"
)

// TestKeysNeverLeak plants a key of another kind with each deployment and tries them in every order of two: each
// upstream gets its own key and never a trace of another's, nor the client's.
func TestKeysNeverLeak(t *testing.T) {
	kinds := map[string][]abi.CredentialPart{
		"bearer":    bearer("secret-bearer"),
		"other":     bearer("secret-other"),
		"anthropic": {{Header: "x-api-key", Secret: abi.Secret{Value: "secret-anthropic"}}},
		"azure":     {{Header: "api-key", Secret: abi.Secret{Env: "TEST_AZURE_KEY"}}},
		"two": {
			{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Env: "TEST_TWO_KEY"}},
			{Header: "x-goog-api-key", Secret: abi.Secret{Value: "secret-two"}},
		},
		"none": nil,
	}
	var places []place
	ups := map[string]*upstream{}
	for id, parts := range kinds {
		ups[id] = newUpstream(t, says(http.StatusTooManyRequests, "busy"))
		places = append(places, place{id: id, url: ups[id].URL, parts: parts})
	}
	e := envoytest.Start(t, render(t, input(t, places...)), envoytest.Options{
		Env: []string{"TEST_AZURE_KEY=secret-azure", "TEST_TWO_KEY=secret-two-env"},
	})
	for first := range kinds {
		for second := range kinds {
			send(t, e, first+","+second, "{}", "authorization", "Bearer secret-client", "api-key", "secret-client", "x-api-key", "secret-client")
		}
	}
	own := map[string][]string{
		"bearer": {"Bearer secret-bearer"}, "other": {"Bearer secret-other"}, "anthropic": {"secret-anthropic"},
		"azure": {"secret-azure"}, "two": {"Bearer secret-two-env", "secret-two"}, "none": nil,
	}
	for id, u := range ups {
		all := u.requests()
		if len(all) != 2*len(kinds) {
			t.Errorf("%s got %d requests, expected %d", id, len(all), 2*len(kinds))
		}
		for _, r := range all {
			var keys []string
			for _, name := range abi.CredentialHeaders {
				keys = append(keys, r.Header.Values(name)...)
			}
			if fmt.Sprint(keys) != fmt.Sprint(own[id]) {
				t.Fatalf("%s got the keys %q, expected %q", id, keys, own[id])
			}
			if n := strings.Count(strings.ToLower(fmt.Sprint(r.Header)), "secret"); n != len(own[id]) {
				t.Fatalf("%s got %d secrets, expected %d: %v", id, n, len(own[id]), r.Header)
			}
		}
	}
}

// TestEnvoyRefusesToStartWithoutAKey: what the head of the file says is true.
func TestEnvoyRefusesToStartWithoutAKey(t *testing.T) {
	up := httptest.NewServer(says(200, "ok"))
	defer up.Close()
	in := input(t, place{id: "a", url: up.URL, parts: []abi.CredentialPart{{Header: "authorization", Secret: abi.Secret{Env: "TEST_UNSET_KEY"}}}})
	out, err := envoytest.Validate(t, render(t, in), "")
	if err == nil || !strings.Contains(out, "TEST_UNSET_KEY") {
		t.Errorf("got %v and %q, expected a refusal that names TEST_UNSET_KEY", err, out)
	}
}
