package follow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOptions: what cannot be used is refused at once, with what to do, and without a password that stood in the address.
func TestOptions(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(noPEM, []byte("this is no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		options Options
		says    []string // nothing: it is good
	}{
		{"this machine", Options{URL: "http://127.0.0.1:4002", Node: "n"}, nil},
		{"this machine by name", Options{URL: "http://localhost:4002/", Node: "n"}, nil},
		{"this machine, IPv6", Options{URL: "http://[::1]:4002", Node: "n"}, nil},
		{"encrypted", Options{URL: "https://agent.example/routeiq", Node: "n"}, nil},
		{"clear text, told so", Options{URL: "http://agent.example:4002", Node: "n", ClearText: true}, nil},
		{"clear text", Options{URL: "http://agent.example:4002", Node: "n"}, []string{"http://agent.example:4002", "clear text", "https://", "--agent-clear-text"}},
		{"a name that begins like this machine's", Options{URL: "http://localhost.example", Node: "n"}, []string{"clear text"}},
		{"no address", Options{URL: "agent.example:4002", Node: "n"}, []string{"https://HOST:PORT"}},
		{"another scheme", Options{URL: "ftp://agent.example", Node: "n"}, []string{"https://HOST:PORT"}},
		{"a password", Options{URL: "https://u:pw-planted@agent.example", Node: "n"}, []string{"https://agent.example", "--agent-token-file"}},
		{"a broken password", Options{URL: "https://u:pw-planted%zz@agent.example", Node: "n"}, []string{"https://HOST:PORT"}},
		{"a query", Options{URL: "https://agent.example?token=pw-planted", Node: "n"}, []string{"without a user, a query"}},
		{"no node", Options{URL: "https://agent.example"}, []string{"--node-id"}},
		{"everything", Options{URL: "x", Node: "a b", CAFile: "/no/ca.pem", CertFile: "/no/cert.pem"},
			[]string{"--agent", `"a b"`, "/no/ca.pem", "--agent-key"}},
		{"no PEM", Options{URL: "https://agent.example", Node: "n", CAFile: noPEM, CertFile: noPEM, KeyFile: noPEM}, []string{"--agent-ca " + noPEM, "--agent-cert " + noPEM}},
		{"an authority for nothing", Options{URL: "http://127.0.0.1:1", Node: "n", CAFile: noPEM}, []string{"http://"}},
	} {
		f, err := New(c.options)
		if (err == nil) != (c.says == nil) || (f == nil) == (err == nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, text := range c.says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q is not in %v", c.name, text, err)
			}
		}
		if err != nil && strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: a password is in %v", c.name, err)
		}
	}
}
