package dryrun

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/routeiq/routeiq/abi"
	"github.com/routeiq/routeiq/plugins/artifact/artifacttest"
	"github.com/routeiq/routeiq/sync/publish"
)

// TestTryEncoder: an encoder whose vectors are not those of an artifact refuses the document; one that does not answer is warned of.
func TestTryEncoder(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r) }))
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		t.Fatal(err)
	}
	manifest, tensors := artifacttest.Example("linear", "mini", 4)
	p := &publish.Publication{
		Config: abi.Config{
			Encoder:   &abi.Encoder{API: abi.EncoderOpenAI, ID: "mini", Cluster: "c", Authority: "enc.test", Path: "/v1/embeddings"},
			Artifacts: []abi.Artifact{artifacttest.Document("a", manifest, tensors)},
		},
		Clusters:    []abi.Cluster{{Name: "c", Scheme: "http", Host: at.Hostname(), Port: port, Own: true, Credential: "k"}},
		Credentials: []abi.Credential{{Name: "k", Parts: []abi.CredentialPart{{Header: "authorization", Prefix: "Bearer ", Secret: abi.Secret{Value: "sk-planted"}}}}},
	}
	say := func(status int, body string) {
		answer = func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "enc.test" || r.Header.Get("Authorization") != "Bearer sk-planted" || r.URL.Path != "/v1/embeddings" {
				t.Errorf("%s %s %v", r.Host, r.URL, r.Header)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // the client's reading shows it
		}
	}
	for _, c := range []struct {
		status           int
		body             string
		refused, warning string
	}{
		{200, `{"data":[{"embedding":[1,2,3,4]}]}`, "", ""},
		{200, `{"data":[{"embedding":[1,2,3]}]}`, "vectors of 4 numbers, the encoder mini at enc.test/v1/embeddings makes vectors of 3", ""},
		{503, `{}`, "", "503"},
		{200, `{}`, "", "has no vector"},
	} {
		say(c.status, c.body)
		warned := ""
		err := tryEncoder(t.Context(), p, func(text string) { warned = text })
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v", c.body, err)
		}
		if (warned == "") != (c.warning == "") || !strings.Contains(warned, c.warning) || strings.Contains(warned, "planted") {
			t.Errorf("%s: warned %q", c.body, warned)
		}
	}
	server.Close()
	warned := ""
	if err := tryEncoder(t.Context(), p, func(text string) { warned = text }); err != nil || !strings.Contains(warned, "does not answer") {
		t.Errorf("nobody there: %v, %q", err, warned)
	}
}
