package main

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// rendered is what the tests look at of an Envoy configuration.
type rendered struct {
	Admin           struct{ Address address }
	StaticResources struct {
		Listeners []struct{ Address address }
		Clusters  []struct{ Name string }
		Secrets   []struct {
			Name          string
			GenericSecret struct {
				Secret struct {
					EnvironmentVariable string `json:"environment_variable"`
					InlineString        string `json:"inline_string"`
				}
			} `json:"generic_secret"`
		}
	} `json:"static_resources"`
}

type address struct {
	SocketAddress struct {
		Address string
		Port    int `json:"port_value"`
	} `json:"socket_address"`
}

func renderedBy(t *testing.T, text string, env map[string]string, args ...string) (rendered, string, string) {
	t.Helper()
	exit, out, errs := call(t, env, "", append([]string{"render", write(t, text)}, args...)...)
	if exit != exitGood {
		t.Fatalf("exit %d: %s", exit, errs)
	}
	var r rendered
	if err := yaml.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r, out, errs
}

func names(r rendered) (clusters, secrets string) {
	var c, s []string
	for _, x := range r.StaticResources.Clusters {
		c = append(c, x.Name)
	}
	for _, x := range r.StaticResources.Secrets {
		s = append(s, x.Name+"="+x.GenericSecret.Secret.EnvironmentVariable+x.GenericSecret.Secret.InlineString)
	}
	return strings.Join(c, " "), strings.Join(s, " ")
}

// TestRenderKeys: keys of the environment stay there, whether they are set here or not; literal ones are warned of.
func TestRenderKeys(t *testing.T) {
	set := map[string]string{"SET_KEY": "sk-of-the-environment"}
	r, out, errs := renderedBy(t, keyed, set)
	clusters, secrets := names(r)
	if clusters != "routeiq_literal routeiq_set routeiq_unset" || secrets != "literal=sk-literal set=SET_KEY unset=UNSET_KEY" {
		t.Errorf("clusters %q, secrets %q", clusters, secrets)
	}
	for _, s := range []string{"#   SET_KEY ", "#   UNSET_KEY ", "keys that stand literally"} {
		if !strings.Contains(out, s) {
			t.Errorf("the head does not say %q", s)
		}
	}
	if strings.Contains(out+errs, "sk-of-the-environment") {
		t.Error("the value of a variable is shown")
	}
	if strings.Contains(out+errs, "never chosen") || strings.Contains(out, `"unconfigured"`) {
		t.Errorf("a deployment whose key is set elsewhere is called unusable: %s", errs)
	}
}

func TestRenderOnlyConfigured(t *testing.T) {
	r, out, errs := renderedBy(t, keyed, map[string]string{"SET_KEY": "sk-of-the-environment"}, "--only-configured")
	clusters, secrets := names(r)
	if clusters != "routeiq_literal routeiq_set" || secrets != "literal=sk-literal set=SET_KEY" {
		t.Errorf("clusters %q, secrets %q", clusters, secrets)
	}
	if strings.Contains(out, "#   UNSET_KEY ") || !strings.Contains(out, `"unconfigured": "UNSET_KEY is not set"`) {
		t.Error("the deployment without a key is not left out as unconfigured")
	}
	if !strings.Contains(errs, "UNSET_KEY is not set") {
		t.Errorf("no warning: %s", errs)
	}
}

// TestRenderListen: the flag wins over the environment, that over the file.
func TestRenderListen(t *testing.T) {
	const said = mock + "general_settings: {host: 127.0.0.2, port: 4001}\n"
	for _, c := range []struct {
		name, text string
		env        map[string]string
		args       []string
		expected   string
	}{
		{"nothing said", mock, nil, nil, "0.0.0.0:10000"},
		{"in the file", said, nil, nil, "127.0.0.2:4001"},
		{"in the environment", said, map[string]string{"LITELLM_PORT": "4002"}, nil, "127.0.0.2:4002"},
		{"localhost", mock, map[string]string{"LITELLM_HOST": "localhost"}, nil, "127.0.0.1:10000"},
		{"by flag", said, nil, []string{"--listen", "[::1]:0"}, "[::1]:0"},
	} {
		r, out, _ := renderedBy(t, c.text, c.env, append(c.args, "--envoy-admin", "127.0.0.1:9999")...)
		if !strings.Contains(out, "# Clients:    http://"+c.expected+"\n") || r.Admin.Address.SocketAddress.Port != 9999 {
			t.Errorf("%s: the head does not say %s; admin %+v", c.name, c.expected, r.Admin)
		}
		if a := r.StaticResources.Listeners[0].Address.SocketAddress; !strings.Contains(c.expected, a.Address) {
			t.Errorf("%s: listens on %+v", c.name, a)
		}
	}
	exit, out, errs := call(t, map[string]string{"LITELLM_HOST": "gateway.test"}, mock, "render", "-")
	if exit != exitRefused || out != "" || !strings.Contains(errs, "gateway.test") || !strings.Contains(errs, "--listen") {
		t.Errorf("a host name: exit %d, %q, %q", exit, out, errs)
	}
}
